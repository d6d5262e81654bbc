#include "host/posix/name_resolver.hpp"

#include <ares.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>

#include <algorithm>

#include "base/untrusted.hpp"

namespace cosigner::host {
namespace {

struct Answer {
  bool arrived = false;
  int status = ARES_ETIMEOUT;
  std::vector<std::string> addresses;
};

void on_answer(void* user, int status, int, ares_addrinfo* info) {
  auto& answer = *static_cast<Answer*>(user);
  answer.arrived = true;
  answer.status = status;
  for (const ares_addrinfo_node* node = info ? info->nodes : nullptr; node; node = node->ai_next) {
    char text[INET6_ADDRSTRLEN] = {};
    const void* address = node->ai_family == AF_INET ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(node->ai_addr)->sin_addr)
                                                     : &reinterpret_cast<const sockaddr_in6*>(node->ai_addr)->sin6_addr;
    if (ares_inet_ntop(node->ai_family, address, text, sizeof text) && std::find(answer.addresses.begin(), answer.addresses.end(), text) == answer.addresses.end())
      answer.addresses.emplace_back(text);
  }
  if (info) ares_freeaddrinfo(info);
}

/// One round of waiting for the sockets of the question, 200 ms at most, so that a cancellation is seen.
void serve_sockets(ares_channel channel) {
  ares_socket_t sockets[ARES_GETSOCK_MAXNUM] = {};
  const int wanted = ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);
  pollfd watched[ARES_GETSOCK_MAXNUM];
  nfds_t count = 0;
  for (int at = 0; at < ARES_GETSOCK_MAXNUM; ++at) {
    const bool reads = ARES_GETSOCK_READABLE(wanted, at), writes = ARES_GETSOCK_WRITABLE(wanted, at);
    if (reads || writes) watched[count++] = {sockets[at], static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)), 0};
  }
  const int ready = poll(watched, count, 200);
  if (ready <= 0) ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  for (nfds_t at = 0; ready > 0 && at < count; ++at) {
    const short seen = watched[at].revents;
    ares_process_fd(channel, seen & (POLLIN | POLLERR | POLLHUP) ? watched[at].fd : ARES_SOCKET_BAD,
                    seen & POLLOUT ? watched[at].fd : ARES_SOCKET_BAD);
  }
}

Error unresolved(const std::string& name, int status) {
  Error error = make_error("network.name_unresolved", "the name " + shown(Untrusted(name)) + " could not be resolved (" + ares_strerror(status) + ")",
                           "Check the name servers in /etc/resolv.conf.");
  error.retryable = status != ARES_ENOTFOUND && status != ARES_ENODATA;
  return error;
}

}  // namespace

Result<std::vector<std::string>> resolve_name(const std::string& name, std::chrono::seconds limit, const CancelToken* cancel) {
  static const int ready = ares_library_init(ARES_LIB_INIT_ALL);
  ares_channel channel = nullptr;
  const int opened = ready == ARES_SUCCESS ? ares_init(&channel) : ready;
  if (opened != ARES_SUCCESS) return unresolved(name, opened);
  Answer answer;
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_flags = ARES_AI_NOSORT;
  ares_getaddrinfo(channel, name.c_str(), nullptr, &hints, on_answer, &answer);
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!answer.arrived && std::chrono::steady_clock::now() < deadline && !(cancel && cancel->requested())) serve_sockets(channel);
  const bool cancelled = !answer.arrived && cancel && cancel->requested();
  ares_destroy(channel);  // an open question is answered now, with ARES_EDESTRUCTION
  if (cancelled) return make_error("run.cancelled", "the question for a name was cancelled", "");
  if (answer.addresses.empty()) return unresolved(name, answer.status);
  return std::move(answer.addresses);
}

}  // namespace cosigner::host
