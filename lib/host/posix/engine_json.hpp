// The Engine API's messages ⇄ our values. Only fields that API 1.41 and 1.44 and later share are used. Pure.
//
// Answers are parsed under limits and judged field by field: a missing or wrong field is `engine.answer_malformed` where the value
// matters, and its empty value where it does not.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "host/containers.hpp"

namespace cosigner::host {

inline constexpr const char* our_api = "1.45";      // the newest we know
inline constexpr const char* oldest_api = "1.41";   // Engine 20.10

/// GET /version
struct EngineVersion {
  std::string version;
  std::string api_version;
  std::string min_api_version;
};
Result<EngineVersion> parse_version(std::string_view text);

/// The version to speak: the lower of ours and the engine's. Fails with `engine.api_unsupported` below the engine's minimum or 1.41.
Result<std::string> agree_on_api(const EngineVersion& engine);

/// GET /info, joined with what /version said.
Result<EngineInfo> parse_info(std::string_view text, const EngineVersion& version);

/// What an image brings into a container by itself; needed to tell what a container was given.
struct ImageDefaults {
  std::vector<std::string> entrypoint;
  std::vector<std::string> command;
  std::map<std::string, std::string> environment;
  std::map<std::string, std::string> labels;
  std::string user;
};

/// GET /images/NAME/json
Result<Image> parse_image(std::string_view text);
Result<ImageDefaults> parse_image_defaults(std::string_view text);

/// GET /containers/NAME/json. What the image brings by itself is left out of the specification, so that it equals what create got. A
/// container with rights that no specification of ours asks for (privileged, added capabilities, the host's namespaces) is
/// reported with no_new_privileges = false, so that it never compares equal.
Result<Container> parse_container(std::string_view text, const ImageDefaults& image);

/// GET /containers/json: the first name of each, without its leading slash.
Result<std::vector<std::string>> parse_container_names(std::string_view text);

/// POST /containers/create
std::string create_body(const ContainerSpec& spec);

/// X-Registry-Auth: base64url of JSON, padded. And the body of POST /auth. Both hold the password: the caller wipes them.
std::string registry_auth_header(const RegistryLogin& login);
std::string auth_body(const RegistryLogin& login);

std::string exec_body(const std::vector<std::string>& argv, const std::string& user);
std::string network_body(const std::string& name);

/// "Id" of an answer to create or exec.
Result<std::string> parse_id(std::string_view text);
/// Descriptor.digest of GET /distribution/NAME/json
Result<std::string> parse_distribution(std::string_view text);
/// GET /exec/ID/json
struct ExecState {
  bool running = false;
  int exit_code = 0;
};
Result<ExecState> parse_exec_state(std::string_view text);
/// The "message" of an error answer; the text itself when it is no such JSON.
std::string parse_error_message(std::string_view text);

/// One line of the pull or load stream.
struct StreamMessage {
  std::string status;
  std::string id;
  std::string stream;
  std::string error;
  std::uint64_t current = 0;
  std::uint64_t total = 0;
};
Result<StreamMessage> parse_stream_message(std::string_view line);

/// Takes the 8-byte frames of logs and exec apart (1 = out, 2 = err). What lies beyond `limit` bytes in all is dropped.
struct FramedOutput {
  std::string out;
  std::string err;
  std::string both;  // in the order of arrival
};
Result<FramedOutput> parse_frames(std::string_view bytes, std::size_t limit);

}  // namespace cosigner::host
