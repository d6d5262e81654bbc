// The real port against an engine that answers from a script, for what a good engine never does.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstring>
#include <map>
#include <thread>

#include "base/encoding.hpp"
#include "host/posix/engine_containers.hpp"

using namespace cosigner;
using namespace cosigner::host;

namespace {

const std::string digest = "sha256:" + std::string(64, '1');
const std::string image_id = "sha256:" + std::string(64, 'a');
const std::string reference = "registry.example/x@" + digest;

std::string answer(int status, const std::string& body) {
  return "HTTP/1.1 " + std::to_string(status) + " x\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

using Script = std::map<std::string, std::string>;  // "METHOD path" → the whole answer

class ScriptedEngine {
 public:
  /// `lingers`: after an answer it waits for the other side to hang up.
  explicit ScriptedEngine(Script script, bool lingers = false) : script_(std::move(script)), lingers_(lingers) {
    std::signal(SIGPIPE, SIG_IGN);
    script_.insert({"GET /version", answer(200, R"({"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12"})")});
    std::string pattern = "/tmp/engine.XXXXXX";
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    listener_ = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path().c_str());
    REQUIRE(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(listen(listener_, 8) == 0);
    thread_ = std::thread([this] {
      for (int peer = accept(listener_, nullptr, nullptr); peer >= 0; peer = accept(listener_, nullptr, nullptr)) {
        serve(peer);
        close(peer);
      }
    });
  }
  ~ScriptedEngine() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
    unlink(path().c_str());
    rmdir(folder_.c_str());
  }
  std::string path() const { return folder_ + "/s"; }
  std::string last_head;

 private:
  void serve(int peer) {
    const timeval patience{5, 0};
    setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    std::string head;
    char piece[4096];
    while (head.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = read(peer, piece, sizeof piece);
      if (got <= 0) return;
      head.append(piece, static_cast<std::size_t>(got));
    }
    last_head = head;
    const std::string line = head.substr(0, head.find(" HTTP/"));
    const auto found = script_.find(line);
    const std::string bytes = found == script_.end() ? answer(404, R"({"message":"page not found"})") : found->second;
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t sent = send(peer, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      if (sent <= 0) return;
      at += static_cast<std::size_t>(sent);
    }
    if (lingers_ && line != "GET /version") (void)read(peer, piece, sizeof piece);
  }

  Script script_;
  bool lingers_;
  std::string folder_;
  int listener_ = -1;
  std::thread thread_;
};

std::string inspected(const std::string& repo_digest) {
  return answer(200, R"({"Id":")" + image_id + R"(","RepoDigests":[")" + repo_digest + R"("],"RepoTags":[],"Config":{}})");
}

const std::string pull_path = "POST /v1.41/images/create?fromImage=" + reference;
const std::string inspect_path = "GET /v1.41/images/" + reference + "/json";
const std::string good_stream = R"({"status":"Digest: )" + digest + "\"}\r\n";

std::string pull_code(Script script) {
  const ScriptedEngine engine(std::move(script));
  EngineContainers containers(engine.path(), nullptr);
  const Status pulled = containers.pull(reference, std::nullopt, {});
  return pulled ? "" : pulled.error().code;
}

std::string engine_code(const std::string& version_answer) {
  const ScriptedEngine engine(Script{{"GET /version", version_answer}});
  const auto info = EngineContainers(engine.path(), nullptr).engine();
  return info ? "" : info.error().code;
}

}  // namespace

TEST_CASE("engine: what is no engine on the socket is named as that") {
  CHECK(engine_code("this is no HTTP\r\n") == "engine.answer_malformed");
  CHECK(engine_code(answer(200, "<html>")) == "engine.answer_malformed");
  CHECK(engine_code(answer(200, "{}")) == "engine.answer_malformed");
  CHECK(engine_code(answer(200, "\"" + std::string(9'000'000, 'x') + "\"")) == "engine.answer_malformed");
  CHECK(engine_code("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{") == "engine.unreachable");
}

TEST_CASE("engine: one that is too old is refused, not taken for none") {
  CHECK(engine_code(answer(200, R"({"Version":"19.03","ApiVersion":"1.40","MinAPIVersion":"1.12"})")) == "engine.api_unsupported");
}

TEST_CASE("engine: a pull is good only when no line was an error and the image has the digest afterwards") {
  CHECK(pull_code({{pull_path, answer(200, good_stream)}, {inspect_path, inspected(reference)}}).empty());
  CHECK(pull_code({{pull_path, answer(200, R"({"error":"filesystem layer verification failed for digest x"})" "\n" + good_stream)}, {inspect_path, inspected(reference)}}) == "engine.digest_mismatch");
  CHECK(pull_code({{pull_path, answer(200, good_stream)}, {inspect_path, inspected("registry.example/x@sha256:" + std::string(64, '2'))}}) == "engine.digest_mismatch");
  CHECK(pull_code({{pull_path, answer(200, good_stream)}}) == "engine.digest_mismatch");
  CHECK(pull_code({{pull_path, answer(200, std::string(200'000, 'x'))}}) == "engine.answer_malformed");
  CHECK(pull_code({{pull_path, answer(500, R"({"message":"Get \"https://registry.example/v2/\": x509: certificate signed by unknown authority"})")}}) == "engine.tls_untrusted");
}

TEST_CASE("engine: nothing is pulled without a digest") {
  EngineContainers containers("/nonexistent", nullptr);
  CHECK(containers.pull("registry.example/x:1", std::nullopt, {}).error().code == "engine.pull_failed");
}

TEST_CASE("engine: a login goes out with its one request and comes back in no error") {
  const ScriptedEngine engine(Script{{pull_path, answer(500, R"({"message":"unauthorized: s3cret is wrong"})")}});
  EngineContainers containers(engine.path(), nullptr);
  const RegistryLogin login{"registry.example", "reader", Secret(std::string("s3cret"))};
  const Status pulled = containers.pull(reference, login, {});
  REQUIRE_FALSE(pulled.ok());
  CHECK(pulled.error().code == "engine.login_refused");
  CHECK(pulled.error().message.find("s3cret") == std::string::npos);
  const std::size_t at = engine.last_head.find("X-Registry-Auth: ");
  REQUIRE(at != std::string::npos);
  const std::string value = engine.last_head.substr(at + 17, engine.last_head.find('\r', at) - at - 17);
  CHECK(from_base64url(value).value_or("") == R"({"username":"reader","password":"s3cret","serveraddress":"registry.example"})");
}

TEST_CASE("engine: a log larger than is read is cut, an endless command's output too") {
  std::string frames;
  for (int at = 0; at < 3000; ++at) frames += std::string("\1\0\0\0\0\0\2\0", 8) + std::string(512, 'x');
  const ScriptedEngine engine(Script{{"GET /v1.41/containers/c/logs?stdout=1&stderr=1&tail=5000", answer(200, frames)}});
  const auto text = EngineContainers(engine.path(), nullptr).logs("c", 5000, std::nullopt);
  REQUIRE(text);
  CHECK(text->raw().size() <= 1024 * 1024);
  CHECK(text->raw().size() > 1'000'000);
}

TEST_CASE("engine: a log is read whole beyond every limit of memory, and an answer that is no log is named") {
  std::string frames;
  for (int at = 0; at < 3000; ++at) frames += std::string("\1\0\0\0\0\0\2\0", 8) + std::string(512, 'x');
  const ScriptedEngine engine(Script{{"GET /v1.41/containers/c/logs?stdout=1&stderr=1&tail=7", answer(200, frames)},
                                     {"GET /v1.41/containers/t/logs?stdout=1&stderr=1&tail=7", answer(200, "a terminal's own text")}});
  std::size_t size = 0;
  const LogSink count = [&size](const Untrusted& piece) -> Status {
    size += piece.raw().size();
    return {};
  };
  const EngineContainers containers(engine.path(), nullptr);
  CHECK(containers.read_log("c", 7, false, count).ok());
  CHECK(size == 3000 * 512);
  CHECK(containers.read_log("t", 7, false, count).error().code == "engine.answer_malformed");
  CHECK(containers.read_log("none", 7, false, count).error().code == "engine.container_failed");
}

TEST_CASE("engine: a followed log ends when the process is asked to end") {
  const std::string frame = std::string("\1\0\0\0\0\0\0\3", 8) + "ab\n";
  // It promises more than it sends: the connection stays open as that of a container that runs.
  const ScriptedEngine engine(Script{{"GET /v1.41/containers/c/logs?stdout=1&stderr=1&tail=1&follow=1", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + frame}}, true);
  CancelToken cancel;
  const EngineContainers containers(engine.path(), &cancel);
  const Status ended = containers.read_log("c", 1, true, [&cancel](const Untrusted& piece) -> Status {
    CHECK(piece.raw() == "ab\n");
    cancel.request(SIGINT);
    return {};
  });
  REQUIRE_FALSE(ended.ok());
  CHECK(ended.error().code == "run.cancelled");
}

TEST_CASE("engine: names cannot leave their place in a path") {
  CHECK(to_engine_path("a/../b?x#y z") == "a/../b%3Fx%23y%20z");
  CHECK(to_engine_path(reference) == reference);
}
