#include "host/posix/engine_client.hpp"

#include "base/encoding.hpp"
#include "host/posix/engine_errors.hpp"

namespace cosigner::host {
namespace {

Error nobody(const std::string& socket) {
  return make_error("engine.unreachable", "no container engine answers on " + socket, "Start it: systemctl start docker.");
}

}  // namespace

std::string to_engine_path(std::string_view name) {
  std::string path;
  for (const char c : name) {
    if (c == '/' || c == ':' || c == '@') path += c;
    else path += to_url_component(std::string_view(&c, 1));
  }
  return path;
}

Result<std::optional<EngineVersion>> EngineClient::meet() {
  api_.clear();
  EngineCall call;
  call.path = "/version";  // the one call without a version (building.md, section 3)
  const auto answer = TRY(transport_.call(call));
  if (!answer) return std::optional<EngineVersion>();
  if (answer->status != 200) return describe_engine_failure(answer->status, parse_error_message(answer->body), "engine.answer_malformed", "GET /version");
  const EngineVersion version = TRY(parse_version(answer->body));
  api_ = TRY(agree_on_api(version));
  return std::optional<EngineVersion>(version);
}

Result<EngineAnswer> EngineClient::call(EngineCall call) {
  if (api_.empty() && !TRY(meet())) return nobody(transport_.socket());
  call.path = "/v" + api_ + call.path;
  auto answer = TRY(transport_.call(call));
  if (!answer) return nobody(transport_.socket());
  return std::move(*answer);
}

Result<EngineAnswer> EngineClient::require(EngineCall question, std::string_view otherwise, std::string_view doing) {
  EngineAnswer answer = TRY(call(std::move(question)));
  if (answer.status >= 400 || answer.status < 200) return describe_engine_failure(answer.status, parse_error_message(answer.body), otherwise, doing);
  return answer;
}

Result<std::optional<EngineAnswer>> EngineClient::find(const std::string& path, std::string_view otherwise, std::string_view doing) {
  EngineCall question;
  question.path = path;
  EngineAnswer answer = TRY(call(std::move(question)));
  if (answer.status == 404) return std::optional<EngineAnswer>();
  if (answer.status != 200) return describe_engine_failure(answer.status, parse_error_message(answer.body), otherwise, doing);
  return std::optional<EngineAnswer>(std::move(answer));
}

}  // namespace cosigner::host
