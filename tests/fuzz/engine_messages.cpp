// Answers of the container engine, a process that is root's but repeats what registries and images say (threats R1, R4).
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/untrusted.hpp"
#include "fuzz/harness/rules.hpp"
#include "fuzz/harness/target.hpp"
#include "host/posix/engine_errors.hpp"
#include "host/posix/engine_json.hpp"

using namespace cosigner;
using namespace cosigner::fuzz;

namespace {

template <class T>
bool is_refused(const Result<T>& answer) {
  if (answer) return false;
  require_plain(answer.error());
  return true;
}

void judge_version(std::string_view text) {
  const auto version = host::parse_version(text);
  if (is_refused(version)) return;
  const auto agreed = host::agree_on_api(*version);
  if (is_refused(agreed)) return;
  require(*agreed == "1.41" || *agreed == "1.42" || *agreed == "1.43" || *agreed == "1.44" || *agreed == "1.45",
          "an API that we do not speak");
}

void judge_image(std::string_view text) {
  (void)is_refused(host::parse_image_defaults(text));
  const auto image = host::parse_image(text);
  if (is_refused(image)) return;
  require(image->id.size() == 71 && image->id.rfind("sha256:", 0) == 0, "an image's id in another form");
}

/// What was read back is what create would be given: it can be sent, and what it sends is read to the same.
void judge_container(std::string_view text) {
  const auto container = host::parse_container(text, {});
  if (is_refused(container)) return;
  const auto body = parse_json(create_body(container->spec), {.bytes = 64 << 20});
  require(body.ok(), "a specification cannot be sent");
  require(!body->value("/HostConfig/Privileged"_json_pointer, true), "a specification asks for privileges");
}

void judge_ids(std::string_view text) {
  const auto id = host::parse_id(text);
  if (!is_refused(id))
    require(!id->empty() && id->find_first_not_of("0123456789abcdef") == std::string::npos, "an id in another form");
  const auto digest = host::parse_distribution(text);
  if (!is_refused(digest)) require(digest->size() == 71 && digest->rfind("sha256:", 0) == 0, "a digest in another form");
  (void)is_refused(host::parse_exec_state(text));
}

void judge_failure(std::string_view text) {
  const std::string message = host::parse_error_message(text);
  for (const int status : {200, 401, 404, 500})
    require_plain(host::describe_engine_failure(status, message, "engine.pull_failed", "the pull"));
  host::RegistryLogin login{"registry.example", "user", Secret(std::string(canary))};
  const Error error = host::describe_engine_failure(500, with_canary(message), "engine.pull_failed", "the pull");
  const Error struck = host::without_login(error, login);
  const std::string own = shown(Untrusted(message), message.size() * 10);
  for (std::size_t at = 0; at + 16 <= canary.size(); ++at) {
    const std::string_view piece = canary.substr(at, 16);
    if (own.find(piece) == std::string::npos) require_silent(struck, piece);  // else the engine knew it by itself
  }
}

void judge_frames(std::string_view bytes) {
  constexpr std::size_t limit = 4096;
  const auto output = host::parse_frames(bytes, limit);
  if (is_refused(output)) return;
  require(output->both.size() <= limit && output->out.size() + output->err.size() == output->both.size(),
          "output over its limit");
}

}  // namespace

FUZZ_TARGET(engine_messages) {
  static constexpr void (*judges[])(std::string_view) = {
      judge_version, judge_image, judge_container, judge_ids, judge_failure, judge_frames, [](std::string_view text) {
        (void)is_refused(host::parse_info(text, {}));
      }};
  const unsigned choice = take_choice(input, 7);
  judges[choice](input);
}
