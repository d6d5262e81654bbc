// The writing half of EngineContainers.
#include <algorithm>

#include "base/secret.hpp"
#include "host/posix/engine_containers.hpp"
#include "host/posix/engine_errors.hpp"
#include "host/posix/pull_stream.hpp"

namespace cosigner::host {
namespace {

constexpr std::chrono::seconds longest_pull{6 * 3600};

EngineCall changing(std::string method, std::string path) {
  EngineCall call;
  call.method = std::move(method);
  call.path = std::move(path);
  return call;
}

std::string container_path(const std::string& name, const std::string& rest = "") { return "/containers/" + to_engine_path(name) + rest; }

/// Feeds the answer's lines to the stream and tells each change of its progress.
std::function<Status(std::string_view)> reader_of(PullStream& stream, const ProgressSink& progress) {
  return [&stream, &progress](std::string_view bytes) -> Status {
    TRY(stream.feed(bytes));
    if (progress) progress(stream.progress());
    return {};
  };
}

Error wrong_digest(const std::string& reference) {
  return make_error("engine.digest_mismatch", "the engine pulled something, but no image here has the digest of " + reference,
                    "Run the command again; when it happens twice, do not trust this registry or proxy.");
}

}  // namespace

Status EngineContainers::check_login(const RegistryLogin& login) {
  EngineCall call = changing("POST", "/auth");
  call.body = auth_body(login);
  const auto answer = client_.require(call, "engine.login_refused", "logging in to " + login.host);
  wipe_text(call.body);
  if (!answer) return without_login(answer.error(), login);
  return {};
}

Status EngineContainers::pull(const std::string& reference, const std::optional<RegistryLogin>& login, const ProgressSink& progress) {
  // Without tag or digest an engine of 20.10 pulls every tag.
  if (reference.find("@sha256:") == std::string::npos)
    return make_error("engine.pull_failed", "an image is pulled by its digest only, not as " + reference, "Give the image's digest.");
  EngineCall call = changing("POST", "/images/create?fromImage=" + to_engine_path(reference));
  if (login) call.headers.push_back("X-Registry-Auth: " + registry_auth_header(*login));
  call.timeout = longest_pull;
  PullStream stream("engine.pull_failed", "pulling " + reference);
  call.on_body = reader_of(stream, progress);
  const auto answer = client_.require(call, "engine.pull_failed", "pulling " + reference);
  for (auto& line : call.headers) wipe_text(line);
  if (!answer) return without_login(answer.error(), login);
  const Status good = stream.finish();
  if (!good) return without_login(good.error(), login);
  const auto pulled = TRY(image(reference));
  const bool has_digest = pulled && std::find(pulled->repo_digests.begin(), pulled->repo_digests.end(), reference) != pulled->repo_digests.end();
  if (!has_digest) return wrong_digest(reference);
  return {};
}

Result<std::vector<std::string>> EngineContainers::load(const std::string& archive_path, const ProgressSink& progress) {
  EngineCall call = changing("POST", "/images/load?quiet=1");
  call.content_type = "application/x-tar";
  call.upload_file = archive_path;
  call.timeout = longest_pull;
  call.upload_progress = progress;
  PullStream stream("engine.pull_failed", "loading " + archive_path);
  call.on_body = [&stream](std::string_view bytes) { return stream.feed(bytes); };
  TRY(client_.require(call, "engine.pull_failed", "loading " + archive_path));
  TRY(stream.finish());
  std::vector<std::string> ids;
  for (const std::string& name : stream.loaded()) {
    const auto found = TRY(image(name));
    if (found && std::find(ids.begin(), ids.end(), found->id) == ids.end()) ids.push_back(found->id);
  }
  if (ids.empty()) return make_error("engine.pull_failed", archive_path + " brought no image", "Check that image.archive is an image archive (docker save).");
  return ids;
}

Status EngineContainers::create_network(const std::string& name) {
  if (TRY(has_network(name))) return {};
  EngineCall call = changing("POST", "/networks/create");
  call.body = network_body(name);
  TRY(client_.require(call, "engine.container_failed", "making the network " + name));
  return {};
}

Result<std::string> EngineContainers::create(const ContainerSpec& spec) {
  EngineCall call = changing("POST", "/containers/create?name=" + to_engine_path(spec.name));
  call.body = create_body(spec);
  const auto answer = TRY(client_.require(call, "engine.container_failed", "creating the container " + spec.name));
  return parse_id(answer.body);
}

Status EngineContainers::start(const std::string& name) {
  TRY(client_.require(changing("POST", container_path(name, "/start")), "engine.container_failed", "starting " + name));  // 304: it runs
  return {};
}

Status EngineContainers::stop(const std::string& name, std::chrono::seconds grace) {
  EngineCall call = changing("POST", container_path(name, "/stop?t=" + std::to_string(grace.count())));
  call.timeout = grace + std::chrono::seconds(60);
  const EngineAnswer answer = TRY(client_.call(call));
  if (answer.status == 404 || answer.status < 400) return {};  // absent is stopped
  return describe_engine_failure(answer.status, parse_error_message(answer.body), "engine.container_failed", "stopping " + name);
}

Status EngineContainers::remove(const std::string& name) {
  const EngineAnswer answer = TRY(client_.call(changing("DELETE", container_path(name, "?force=1&v=1"))));
  if (answer.status == 404 || answer.status < 400) return {};
  return describe_engine_failure(answer.status, parse_error_message(answer.body), "engine.container_failed", "removing " + name);
}

}  // namespace cosigner::host
