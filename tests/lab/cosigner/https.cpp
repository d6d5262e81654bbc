#include "https.hpp"

#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <memory>
#include <sstream>

namespace lab {
namespace {

constexpr std::size_t largest_answer = 64UL << 20;

struct FreeContext {
  void operator()(SSL_CTX* c) const { SSL_CTX_free(c); }
};
struct FreeSession {
  void operator()(SSL* s) const { SSL_free(s); }
};

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

int connect_to(const std::string& host, int port, int timeout, std::string& problem) {
  addrinfo wanted{};
  wanted.ai_family = AF_INET;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int rc = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found); rc != 0) {
    problem = "Couldn't resolve host " + host + ": " + gai_strerror(rc);
    return -1;
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval limit{timeout, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (connect(fd, found->ai_addr, found->ai_addrlen) == 0) return fd;
  problem = "cannot connect to " + host + ":" + std::to_string(port) + ": " + std::strerror(errno);
  close(fd);
  return -1;
}

bool open_tunnel(int fd, const Target& target, std::string& problem) {
  const std::string name = target.host + ":" + std::to_string(target.port);
  const std::string text = "CONNECT " + name + " HTTP/1.1\r\nHost: " + name + "\r\n\r\n";
  if (send(fd, text.data(), text.size(), MSG_NOSIGNAL) < 0) return false;
  std::string head;
  char c = 0;
  while (head.size() < 4096 && head.find("\r\n\r\n") == std::string::npos && recv(fd, &c, 1, 0) == 1) head.push_back(c);
  if (head.size() > 12 && head.compare(9, 3, "200") == 0) return true;
  problem = "proxy refused: " + head.substr(0, head.find('\r'));
  return false;
}

std::string tls_problem(SSL* session) {
  const long verdict = SSL_get_verify_result(session);
  if (verdict != X509_V_OK) return std::string("SSL certificate problem: ") + X509_verify_cert_error_string(verdict);
  std::string text(256, '\0');
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  return "SSL: " + text.substr(0, text.find('\0'));
}

bool read_everything(SSL* session, std::string& raw) {
  std::string part(65536, '\0');
  while (raw.size() < largest_answer) {
    const int size = SSL_read(session, part.data(), static_cast<int>(part.size()));
    if (size <= 0) return true;
    raw.append(part, 0, static_cast<std::size_t>(size));
  }
  return false;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

Answer parse_answer(const std::string& raw) {
  Answer answer;
  const std::size_t end = raw.find("\r\n\r\n");
  if (end == std::string::npos || raw.size() < 12) {
    answer.problem = "the server closed the connection";
    return answer;
  }
  answer.status = std::atoi(raw.substr(9, 3).c_str());
  std::istringstream lines(raw.substr(0, end));
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    std::string value = line.substr(colon + 1);
    while (!value.empty() && (value.back() == '\r' || value.back() == ' ')) value.pop_back();
    answer.headers[lower(line.substr(0, colon))] = value.substr(std::min(value.find_first_not_of(' '), value.size()));
  }
  answer.body = raw.substr(end + 4);
  const auto length = answer.headers.find("content-length");
  if (length != answer.headers.end() && answer.body.size() != std::stoull(length->second)) {
    answer.status = 0;
    answer.problem = "the answer was cut: " + std::to_string(answer.body.size()) + " of " + length->second + " bytes";
  }
  return answer;
}

}  // namespace

Https::Https(Target target, std::string ca_file, std::string proxy, int timeout_seconds)
    : target_(std::move(target)), ca_file_(std::move(ca_file)), proxy_(std::move(proxy)), timeout_seconds_(timeout_seconds) {}

Answer Https::request(const std::string& method, const std::string& path, const std::map<std::string, std::string>& headers,
                      const std::string& body) const {
  Answer failed;
  const auto proxy = proxy_.empty() ? Target{"", 0, target_.address, target_.address_port}
                                    : Target{"", 0, proxy_.substr(0, proxy_.rfind(':')),
                                             std::atoi(proxy_.substr(proxy_.rfind(':') + 1).c_str())};
  const Socket socket(connect_to(proxy.address, proxy.address_port, timeout_seconds_, failed.problem));
  if (socket.fd() < 0) return failed;
  if (!proxy_.empty() && !open_tunnel(socket.fd(), target_, failed.problem)) return failed;
  const std::unique_ptr<SSL_CTX, FreeContext> context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_load_verify_file(context.get(), ca_file_.c_str());
  const std::unique_ptr<SSL, FreeSession> session(SSL_new(context.get()));
  SSL_set1_host(session.get(), target_.host.c_str());
  SSL_set_tlsext_host_name(session.get(), target_.host.c_str());
  SSL_set_fd(session.get(), socket.fd());
  if (SSL_connect(session.get()) != 1) {
    failed.problem = tls_problem(session.get());
    return failed;
  }
  std::string text = method + " " + path + " HTTP/1.1\r\nHost: " + target_.host + "\r\nConnection: close\r\n";
  for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  if (!body.empty()) text += "Content-Type: application/json\r\n";
  text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  SSL_write(session.get(), text.data(), static_cast<int>(text.size()));
  std::string raw;
  if (!read_everything(session.get(), raw)) {
    failed.problem = "the answer is too large";
    return failed;
  }
  return parse_answer(raw);
}

Target find_target(const std::string& table, const std::string& host, int port) {
  std::istringstream rows(table);
  Target row;
  while (rows >> row.host >> row.port >> row.address >> row.address_port) {
    if (row.host == host && row.port == port) return row;
  }
  return Target{host, port, host, port};
}

std::string proxy_authority(std::string url) {
  for (const char* scheme : {"http://", "https://"}) {
    if (url.rfind(scheme, 0) == 0) url.erase(0, std::strlen(scheme));
  }
  return url.substr(0, url.find('/'));
}

}  // namespace lab
