#include "host/posix/engine_json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/untrusted.hpp"
#include "host/posix/engine_fields.hpp"

namespace cosigner::host {

using nlohmann::json;

namespace {

std::optional<std::pair<unsigned long long, unsigned long long>> api_number(std::string_view text) {
  const auto parts = split(text, '.');
  if (parts.size() != 2) return std::nullopt;
  const auto major = parse_number(parts[0]), minor = parse_number(parts[1]);
  if (!major || !minor) return std::nullopt;
  return std::pair(*major, *minor);
}

bool is_sha256_digest(std::string_view text) {
  return text.size() == 71 && text.rfind("sha256:", 0) == 0 && text.find_first_not_of("0123456789abcdef", 7) == std::string_view::npos;
}

}  // namespace

Result<EngineVersion> parse_version(std::string_view text) {
  const json answer = TRY(parse_engine_answer(text));
  EngineVersion version{text_at(answer, "Version"), text_at(answer, "ApiVersion"), text_at(answer, "MinAPIVersion")};
  if (!api_number(version.api_version)) return malformed_answer("GET /version names no API version");
  return version;
}

Result<std::string> agree_on_api(const EngineVersion& engine) {
  const auto theirs = api_number(engine.api_version), lowest = api_number(engine.min_api_version);
  const auto ours = api_number(our_api), floor = api_number(oldest_api);
  if (!theirs) return malformed_answer("the engine names no API version");
  const auto agreed = std::min(*theirs, *ours);
  if (agreed >= *floor && (!lowest || agreed >= *lowest)) return std::to_string(agreed.first) + "." + std::to_string(agreed.second);
  const std::string range = shown(Untrusted(engine.min_api_version + " to " + engine.api_version), 40);
  return make_error("engine.api_unsupported", "the container engine speaks API " + range + "; this program speaks " + oldest_api + " to " + our_api,
                    agreed < *floor ? "Update the container engine to 20.10 or newer." : "Use a newer release of this program.");
}

Result<std::vector<std::string>> parse_container_names(std::string_view text) {
  JsonLimits limits;
  limits.bytes = 8 * 1024 * 1024;
  const auto answer = parse_json(text, limits);
  if (!answer) return malformed_answer(answer.error().message);
  if (!answer->is_array()) return malformed_answer("it is no list");
  std::vector<std::string> names;
  for (const json& container : *answer) {
    const auto all = texts_at(container, "Names");
    if (!all.empty() && all.front().size() > 1) names.push_back(all.front().substr(1));
  }
  return names;
}

Result<EngineInfo> parse_info(std::string_view text, const EngineVersion& version) {
  const json answer = TRY(parse_engine_answer(text));
  EngineInfo info;
  info.version = version.version;
  info.api_version = version.api_version;
  info.min_api_version = version.min_api_version;
  info.root_dir = text_at(answer, "DockerRootDir");
  info.storage_driver = text_at(answer, "Driver");
  info.live_restore = flag_at(answer, "LiveRestoreEnabled");
  info.https_proxy = text_at(answer, "HttpsProxy");
  const json& registries = member(answer, "RegistryConfig");
  info.mirrors = texts_at(registries, "Mirrors");
  // 127.0.0.0/8 (and ::1/128 in newer engines) is always in the list; only what somebody added is worth telling.
  for (const auto& range : texts_at(registries, "InsecureRegistryCIDRs"))
    if (range != "127.0.0.0/8" && range != "::1/128") info.insecure_registries.push_back(range);
  const json& indexes = member(registries, "IndexConfigs");
  for (const auto& [name, index] : indexes.items())
    if (indexes.is_object() && member(index, "Secure").is_boolean() && !flag_at(index, "Secure")) info.insecure_registries.push_back(name);
  return info;
}

Result<Image> parse_image(std::string_view text) {
  const json answer = TRY(parse_engine_answer(text));
  Image image;
  image.id = text_at(answer, "Id");
  if (!is_sha256_digest(image.id)) return malformed_answer("an image has no id");
  image.repo_digests = texts_at(answer, "RepoDigests");
  image.repo_tags = texts_at(answer, "RepoTags");
  image.labels = map_at(member(answer, "Config"), "Labels");
  return image;
}

Result<ImageDefaults> parse_image_defaults(std::string_view text) {
  const json answer = TRY(parse_engine_answer(text));
  const json& config = member(answer, "Config");
  ImageDefaults defaults;
  defaults.entrypoint = texts_at(config, "Entrypoint");
  defaults.command = texts_at(config, "Cmd");
  defaults.environment = variables_of(texts_at(config, "Env"));
  defaults.labels = map_at(config, "Labels");
  defaults.user = text_at(config, "User");
  return defaults;
}

std::string registry_auth_header(const RegistryLogin& login) {
  // The Engine decodes with padding demanded (Go's base64.URLEncoding), unlike RFC 7515.
  std::string text = auth_body(login);
  std::string encoded = to_base64(text);
  wipe_text(text);
  std::replace(encoded.begin(), encoded.end(), '+', '-');
  std::replace(encoded.begin(), encoded.end(), '/', '_');
  return encoded;
}

std::string auth_body(const RegistryLogin& login) {
  json password = std::string(login.password.reveal("registry login for one request to the engine"));
  std::string quoted = to_json_line(password);
  std::string body = "{\"username\":" + to_json_line(login.username) + ",\"password\":" + quoted + ",\"serveraddress\":" + to_json_line(login.host) + "}";
  wipe_text(password.get_ref<std::string&>());
  wipe_text(quoted);
  return body;
}

std::string exec_body(const std::vector<std::string>& argv, const std::string& user) {
  json body = {{"AttachStdout", true}, {"AttachStderr", true}, {"AttachStdin", false}, {"Tty", false}, {"Cmd", argv}};
  if (!user.empty()) body["User"] = user;
  return to_json_line(body);
}

std::string network_body(const std::string& name) { return to_json_line({{"Name", name}, {"Driver", "bridge"}, {"CheckDuplicate", true}}); }

Result<std::string> parse_id(std::string_view text) {
  const std::string id = text_at(TRY(parse_engine_answer(text)), "Id");
  if (id.empty() || id.size() > 128 || id.find_first_not_of("0123456789abcdef") != std::string::npos) return malformed_answer("no id was given");
  return id;
}

Result<std::string> parse_distribution(std::string_view text) {
  const json answer = TRY(parse_engine_answer(text));
  const std::string digest = text_at(member(answer, "Descriptor"), "digest");
  if (!is_sha256_digest(digest)) return malformed_answer("the registry gave no SHA-256 digest");
  return digest;
}

Result<ExecState> parse_exec_state(std::string_view text) {
  const json answer = TRY(parse_engine_answer(text));
  return ExecState{flag_at(answer, "Running"), static_cast<int>(number_at(answer, "ExitCode"))};
}

std::string parse_error_message(std::string_view text) {
  const auto answer = parse_engine_answer(text);
  const std::string message = answer ? text_at(*answer, "message") : std::string();
  return message.empty() ? std::string(text.substr(0, 500)) : message;
}

Result<StreamMessage> parse_stream_message(std::string_view line) {
  const json answer = TRY(parse_engine_answer(line));
  StreamMessage message;
  message.status = text_at(answer, "status");
  message.id = text_at(answer, "id");
  message.stream = text_at(answer, "stream");
  message.error = text_at(answer, "error");
  if (message.error.empty()) message.error = text_at(member(answer, "errorDetail"), "message");
  if (message.error.empty() && (answer.contains("error") || answer.contains("errorDetail"))) message.error = "an error without text";
  const json& detail = member(answer, "progressDetail");
  message.current = unsigned_at(detail, "current");
  message.total = unsigned_at(detail, "total");
  return message;
}

Result<FramedOutput> parse_frames(std::string_view bytes, std::size_t limit) {
  FramedOutput output;
  while (!bytes.empty()) {
    if (bytes.size() < 8) return output;  // cut off by a limit
    const auto kind = static_cast<unsigned char>(bytes[0]);
    if (kind > 2 || bytes[1] != 0 || bytes[2] != 0 || bytes[3] != 0) return malformed_answer("an output frame has no header");
    std::size_t length = 0;
    for (std::size_t at = 4; at < 8; ++at) length = length << 8 | static_cast<unsigned char>(bytes[at]);
    bytes.remove_prefix(8);
    const std::string_view piece = bytes.substr(0, std::min(length, limit - output.both.size()));
    (kind == 2 ? output.err : output.out) += piece;
    output.both += piece;
    bytes.remove_prefix(std::min(length, bytes.size()));
  }
  return output;
}

}  // namespace cosigner::host
