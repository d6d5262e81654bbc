// The reading half of EngineContainers.
#include "host/posix/engine_containers.hpp"
#include "host/posix/engine_errors.hpp"
#include "host/posix/frame_stream.hpp"

namespace cosigner::host {
namespace {

constexpr std::size_t log_limit = 1024 * 1024;
constexpr std::size_t output_limit = 256 * 1024;
constexpr std::chrono::seconds longest_log{3600};  // of a reading that has an end: a slow pipe behind it is no failure

EngineCall posted(std::string path, std::string body) {
  EngineCall call;
  call.method = "POST";
  call.path = std::move(path);
  call.body = std::move(body);
  return call;
}

Result<ExecOutput> execute(EngineClient& client, const std::string& container, const std::vector<std::string>& argv, const std::string& user,
                           std::chrono::seconds limit) {
  const std::string doing = "running a command in " + container;
  const auto made = TRY(client.require(posted("/containers/" + to_engine_path(container) + "/exec", exec_body(argv, user)), "engine.container_failed", doing));
  const std::string id = TRY(parse_id(made.body));
  EngineCall start = posted("/exec/" + id + "/start", "{\"Detach\":false,\"Tty\":false}");
  start.limit = output_limit;
  start.cut_at_limit = true;
  start.timeout = limit;
  const auto ran = client.require(start, "engine.container_failed", doing);
  if (!ran && ran.error().code == "engine.unreachable")
    return make_error("engine.container_failed", "the command in " + container + " did not end within " + std::to_string(limit.count()) + " s",
                      "Look at the container's log: `cosigner logs`.");
  if (!ran) return ran.error();
  const FramedOutput output = TRY(parse_frames(ran->body, output_limit));
  EngineCall question;
  question.path = "/exec/" + id + "/json";
  const ExecState state = TRY(parse_exec_state(TRY(client.require(question, "engine.container_failed", doing)).body));
  if (state.running)
    return make_error("engine.container_failed", "the command in " + container + " wrote more than is read and was left running", "");
  return ExecOutput{state.exit_code, Untrusted(output.out), Untrusted(output.err)};
}

}  // namespace

Result<std::optional<EngineInfo>> EngineContainers::engine() const {
  const auto version = TRY(client_.meet());
  if (!version) return std::optional<EngineInfo>();
  EngineCall question;
  question.path = "/info";
  const auto answer = TRY(client_.require(question, "engine.answer_malformed", "GET /info"));
  return std::optional<EngineInfo>(TRY(parse_info(answer.body, *version)));
}

Result<std::optional<Image>> EngineContainers::image(const std::string& reference) const {
  const auto answer = TRY(client_.find("/images/" + to_engine_path(reference) + "/json", "engine.answer_malformed", "inspecting an image"));
  if (!answer) return std::optional<Image>();
  return std::optional<Image>(TRY(parse_image(answer->body)));
}

Result<std::optional<Container>> EngineContainers::container(const std::string& name) const {
  const auto answer = TRY(client_.find("/containers/" + to_engine_path(name) + "/json", "engine.answer_malformed", "inspecting a container"));
  if (!answer) return std::optional<Container>();
  const Container bare = TRY(parse_container(answer->body, {}));
  const auto image = TRY(client_.find("/images/" + to_engine_path(bare.spec.image_id) + "/json", "engine.answer_malformed", "inspecting an image"));
  if (!image) return std::optional<Container>(bare);  // its image was removed by force
  return std::optional<Container>(TRY(parse_container(answer->body, TRY(parse_image_defaults(image->body)))));
}

Result<std::vector<std::string>> EngineContainers::names() const {
  const auto answer = TRY(client_.find("/containers/json?all=1", "engine.answer_malformed", "listing the containers"));
  if (!answer) return std::vector<std::string>();
  return parse_container_names(answer->body);
}

Result<bool> EngineContainers::has_network(const std::string& name) const {
  return TRY(client_.find("/networks/" + to_engine_path(name), "engine.answer_malformed", "inspecting a network")).has_value();
}

Result<Untrusted> EngineContainers::logs(const std::string& name, int lines, std::optional<Time> since) const {
  EngineCall question;
  question.path = "/containers/" + to_engine_path(name) + "/logs?stdout=1&stderr=1&tail=" + std::to_string(lines);
  if (since) question.path += "&since=" + std::to_string(since->time_since_epoch().count());
  question.limit = log_limit;
  question.cut_at_limit = true;
  const auto answer = TRY(client_.require(question, "engine.container_failed", "reading the log of " + name));
  return Untrusted(TRY(parse_frames(answer.body, log_limit)).both);
}

Status EngineContainers::read_log(const std::string& name, int lines, bool follow, const LogSink& take) const {
  EngineCall question;
  question.path = "/containers/" + to_engine_path(name) + "/logs?stdout=1&stderr=1&tail=" + std::to_string(lines) + (follow ? "&follow=1" : "");
  FrameStream frames(take);
  question.on_body = [&frames](std::string_view bytes) { return frames.feed(bytes); };
  question.endless = follow;
  question.timeout = longest_log;
  TRY(client_.require(question, "engine.container_failed", "reading the log of " + name));
  return {};
}

Result<std::string> EngineContainers::resolve_tag(const std::string& reference, const std::optional<RegistryLogin>& login) const {
  EngineCall question;
  question.path = "/distribution/" + to_engine_path(reference) + "/json";
  if (login) question.headers.push_back("X-Registry-Auth: " + registry_auth_header(*login));
  const auto answer = client_.require(question, "engine.pull_failed", "asking the registry for " + reference);
  for (auto& line : question.headers) wipe_text(line);
  if (!answer) return without_login(answer.error(), login);
  return parse_distribution(answer->body);
}

Result<ExecOutput> EngineContainers::ask(const std::string& container, const std::vector<std::string>& argv, const std::string& user,
                                         std::chrono::seconds limit) const {
  return execute(client_, container, argv, user, limit);
}

Result<ExecOutput> EngineContainers::exec(const std::string& container, const std::vector<std::string>& argv, const std::string& user,
                                          std::chrono::seconds limit) {
  return execute(client_, container, argv, user, limit);
}

}  // namespace cosigner::host
