#include "host/posix/local_socket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "host/posix/system_errors.hpp"

namespace cosigner::host {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

struct Exchange {
  const Path& socket;
  const CancelToken* cancel;
  std::chrono::steady_clock::time_point deadline;

  bool over() const { return std::chrono::steady_clock::now() >= deadline; }

  /// Waits until the descriptor is ready; false at the deadline.
  Result<bool> wait(int descriptor, short events) const {
    while (true) {
      if (cancel && cancel->requested()) return make_error("run.cancelled", "the question to " + socket.text() + " was cancelled", "");
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
      if (left <= 0) return false;
      pollfd watched{descriptor, events, 0};
      if (poll(&watched, 1, static_cast<int>(std::min<long long>(left, 200))) > 0) return true;
    }
  }
};

Error timed_out(const Path& socket) {
  Error error = make_error("network.timed_out", socket.text() + " did not answer in time", "Check the service behind it.");
  error.retryable = true;
  return error;
}

Error not_connected(const Path& socket, int reason) {
  const std::string& name = socket.text();
  if (reason == ENOENT) return make_error("network.unreachable", "there is no socket " + name, "Check that the service behind it runs.");
  if (reason == EACCES || reason == EPERM) return make_error("network.unreachable", "no right to connect to " + name, "Run as root.");
  if (reason == ECONNREFUSED) return make_error("network.refused", "nobody listens on " + name, "Start the service behind it.");
  return make_error("network.unreachable", "no connection to " + name + ": " + errno_text(reason),
                    "Check that the service behind it runs.");
}

Status connect_to(int descriptor, const Exchange& exchange) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& name = exchange.socket.text();
  if (name.size() >= sizeof address.sun_path) return not_connected(exchange.socket, ENAMETOOLONG);
  std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
  while (connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno != EAGAIN) return not_connected(exchange.socket, errno);  // EAGAIN: the peer's queue is full for now
    if (exchange.over()) return timed_out(exchange.socket);
    poll(nullptr, 0, 20);
  }
  return {};
}

Error lost(const Path& socket) {
  return make_error("network.connection_lost", socket.text() + " closed the connection early", "Check the service behind it.");
}

Status send_all(int descriptor, std::string_view message, const Exchange& exchange) {
  while (!message.empty()) {
    if (!TRY(exchange.wait(descriptor, POLLOUT))) return timed_out(exchange.socket);
    const ssize_t sent = send(descriptor, message.data(), message.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return lost(exchange.socket);
    if (sent > 0) message.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<std::string> read_answer(int descriptor, std::size_t limit, const Exchange& exchange) {
  std::string answer;
  char piece[4096];
  while (answer.size() < limit) {
    if (!TRY(exchange.wait(descriptor, POLLIN))) break;
    const ssize_t got = recv(descriptor, piece, std::min(sizeof piece, limit - answer.size()), 0);
    if (got == 0) return answer;
    if (got < 0 && errno != EAGAIN && errno != EINTR) return lost(exchange.socket);
    if (got > 0) answer.append(piece, static_cast<std::size_t>(got));
  }
  if (answer.empty() && limit > 0) return timed_out(exchange.socket);
  return answer;
}

}  // namespace

Result<std::string> exchange_locally(const Path& path, std::string_view message, std::size_t limit, std::chrono::milliseconds timeout,
                                     const CancelToken* cancel) {
  const Exchange exchange{path, cancel, std::chrono::steady_clock::now() + timeout};
  const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.number() < 0) return not_connected(path, errno);
  TRY(connect_to(socket.number(), exchange));
  TRY(send_all(socket.number(), message, exchange));
  return read_answer(socket.number(), limit, exchange);
}

}  // namespace cosigner::host
