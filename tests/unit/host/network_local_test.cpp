#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <functional>
#include <thread>

#include "host/posix/local_socket.hpp"
#include "host/posix/name_resolver.hpp"

using namespace cosigner;
using namespace cosigner::host;

namespace {

/// Takes one connection in a thread and lets the test talk.
class LocalDouble {
 public:
  explicit LocalDouble(std::function<void(int)> talk) {
    std::string pattern = "/tmp/local.XXXXXX";
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    listener_ = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path().text().c_str());
    REQUIRE(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(listen(listener_, 4) == 0);
    thread_ = std::thread([this, talk] {
      const int peer = accept(listener_, nullptr, nullptr);
      if (peer < 0) return;
      talk(peer);
      close(peer);
    });
  }
  ~LocalDouble() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
    unlink(path().text().c_str());
    rmdir(folder_.c_str());
  }
  Path path() const { return folder_ + "/s"; }

 private:
  std::string folder_;
  int listener_ = -1;
  std::thread thread_;
};

Result<std::string> ask(const Path& path, std::size_t limit, int milliseconds) {
  return exchange_locally(path, "question", limit, std::chrono::milliseconds(milliseconds), nullptr);
}

}  // namespace

TEST_CASE("local socket: the whole answer of a peer that closes, or its first bytes up to the limit") {
  const auto answers = [](int peer) {
    char asked[64] = {};
    if (read(peer, asked, sizeof asked) == 8) (void)!write(peer, "an answer", 9);
  };
  {
    const LocalDouble server(answers);
    CHECK(ask(server.path(), 100, 5000).value_or("") == "an answer");
  }
  const LocalDouble server(answers);
  CHECK(ask(server.path(), 2, 5000).value_or("") == "an");
}

TEST_CASE("local socket: a peer that keeps the connection open is not waited for beyond the deadline") {
  const LocalDouble server([](int peer) {
    (void)!write(peer, "part", 4);
    char rest[64];
    while (read(peer, rest, sizeof rest) > 0) continue;
  });
  CHECK(ask(server.path(), 100, 400).value_or("") == "part");
}

TEST_CASE("local socket: absent, unattended and silent sockets are told apart") {
  CHECK(ask("/nonexistent/socket", 100, 1000).error().code == "network.unreachable");
  CHECK(ask("/" + std::string(200, 'x'), 100, 1000).error().code == "network.unreachable");
  Path left;
  {
    const LocalDouble silent([](int peer) {
      char rest[64];
      while (read(peer, rest, sizeof rest) > 0) continue;
    });
    left = silent.path();
    CHECK(ask(silent.path(), 100, 300).error().code == "network.timed_out");
  }
  std::string pattern = "/tmp/local.XXXXXX";
  REQUIRE(mkdtemp(pattern.data()) != nullptr);
  const Path path = pattern + "/s";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, path.text().c_str());
  const int bound = socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(bind(bound, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  close(bound);  // the file stays, nobody listens
  CHECK(ask(path, 100, 1000).error().code == "network.refused");
  unlink(path.text().c_str());
  rmdir(pattern.c_str());
}

TEST_CASE("local socket: a cancellation ends the wait") {
  CancelToken cancel;
  cancel.request(2);
  const LocalDouble server([](int peer) {
    char rest[64];
    while (read(peer, rest, sizeof rest) > 0) continue;
  });
  CHECK(exchange_locally(server.path(), "x", 10, std::chrono::seconds(5), &cancel).error().code == "run.cancelled");
}

TEST_CASE("names: the hosts file and literal addresses are answered without a name server") {
  const auto local = resolve_name("localhost", std::chrono::seconds(5), nullptr);
  REQUIRE(local);
  CHECK(std::find_if(local->begin(), local->end(), [](const std::string& each) { return each == "127.0.0.1" || each == "::1"; }) != local->end());
  CHECK(resolve_name("192.0.2.7", std::chrono::seconds(5), nullptr).value_or({}) == std::vector<std::string>{"192.0.2.7"});
  CHECK(resolve_name("not a name", std::chrono::seconds(2), nullptr).error().code == "network.name_unresolved");
}
