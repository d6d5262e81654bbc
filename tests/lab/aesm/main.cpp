// aesm_service, STAND-IN: the daemon of the lab's sgx-aesm-service package. It has the original's socket,
// framing, protocol and way of starting (Type=forking), and no enclave behind it.
//   aesm_service [--no-daemon] [--no-syslog]
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "service.hpp"

namespace {

constexpr const char* socket_path = "/var/run/aesmd/aesm.socket";
constexpr const char* bundle_folder = "/opt/intel/sgx-aesm-service/aesm/bundles";
constexpr std::uint32_t largest_message = 1U << 20U;

volatile std::sig_atomic_t stopping = 0;
bool to_syslog = true;

void note(int priority, const std::string& text) {
  if (to_syslog) {
    syslog(priority, "%s", text.c_str());
  } else {
    std::fprintf(stderr, "aesm_service: %s\n", text.c_str());
  }
}

bool read_all(int fd, char* to, std::size_t size) {
  while (size > 0) {
    pollfd waiting{fd, POLLIN, 0};
    if (poll(&waiting, 1, 5000) <= 0) return false;
    const ssize_t n = read(fd, to, size);
    if (n <= 0) return false;
    to += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

void put_length(std::string& frame, std::size_t size) {
  for (unsigned i = 0; i < 4; ++i) frame.push_back(static_cast<char>((size >> (8 * i)) & 0xffU));
}

// One request, one answer, then the connection ends.
void serve_one(int fd, const lab::aesm::Platform& platform) {
  unsigned char head[4] = {};
  if (!read_all(fd, reinterpret_cast<char*>(head), sizeof head)) return;
  const std::uint32_t size = head[0] | (static_cast<std::uint32_t>(head[1]) << 8U) |
                             (static_cast<std::uint32_t>(head[2]) << 16U) | (static_cast<std::uint32_t>(head[3]) << 24U);
  std::optional<std::string> reply;
  if (size > 0 && size <= largest_message) {
    std::string request(size, '\0');
    if (!read_all(fd, request.data(), size)) return;
    reply = lab::aesm::answer(platform, request);
  }
  if (!reply) {
    note(LOG_ERR, "Malformed request received (May be forged for attack)");
    return;
  }
  std::string frame;
  put_length(frame, reply->size());
  frame += *reply;
  if (send(fd, frame.data(), frame.size(), MSG_NOSIGNAL) < 0) note(LOG_WARNING, "client went away");
}

int listen_on_socket() {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket_path, sizeof address.sun_path - 1);
  unlink(socket_path);
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(fd, 16) != 0) return -1;
  chmod(socket_path, 0777);
  return fd;
}

// Type=forking: the parent ends when the child can answer.
void become_daemon() {
  const pid_t child = fork();
  if (child < 0) std::exit(1);
  if (child > 0) _exit(0);
  setsid();
  const int null = open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; ++fd) dup2(null, fd);
  if (null > 2) close(null);
  if (chdir("/") != 0) std::exit(1);
}

void stop(int) { stopping = 1; }

}  // namespace

int main(int argc, char** argv) {
  bool daemon = true;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    if (arg == "--no-daemon") daemon = false;
    if (arg == "--no-syslog") to_syslog = false;
  }
  openlog("aesm_service", LOG_PID, LOG_DAEMON);
  struct sigaction action {};
  action.sa_handler = stop;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  const int listener = listen_on_socket();
  if (listener < 0) {
    note(LOG_ERR, std::string("cannot listen on ") + socket_path + ": " + std::strerror(errno));
    return 1;
  }
  if (daemon) become_daemon();
  const auto platform = lab::aesm::probe_platform(bundle_folder);
  note(LOG_NOTICE, "The server sock is ready (STAND-IN of the lab, no enclave)");
  if (!platform.enclave_opens) note(LOG_ERR, "[ADMIN]SGX device cannot be opened");
  if (!platform.quoting_installed) note(LOG_ERR, "quoting plug-ins are missing");
  while (stopping == 0) {
    const int client = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    serve_one(client, platform);
    close(client);
  }
  unlink(socket_path);
  return 0;
}
