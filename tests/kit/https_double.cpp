#include "kit/https_double.hpp"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <stdexcept>
#include <thread>

#include "base/text.hpp"

namespace cosigner::doubles {
namespace {

struct Certified {
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
};

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

/// Lives as long as the process; a handful per test run.
Certified certify(const std::string& name, const Certified* issuer) {
  static std::atomic<long> serial{1};
  Certified made{EVP_EC_gen("P-256"), X509_new()};
  X509_set_version(made.certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(made.certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made.certificate), 86400);
  X509_set_pubkey(made.certificate, made.key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.certificate), "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509* signer = issuer ? issuer->certificate : made.certificate;
  X509_set_issuer_name(made.certificate, X509_get_subject_name(signer));
  add_extension(made.certificate, signer, NID_basic_constraints, issuer ? "CA:FALSE" : "critical,CA:TRUE");
  if (issuer) add_extension(made.certificate, signer, NID_subject_alt_name, "DNS:" + name);
  X509_sign(made.certificate, issuer ? issuer->key : made.key, EVP_sha256());
  return made;
}

const Certified& test_authority() {
  static const Certified authority = certify("Authority of the double", nullptr);
  return authority;
}

class Link : public Peer {
 public:
  Link(int descriptor, SSL* tls) : descriptor_(descriptor), tls_(tls) {}

  bool send(const std::string& bytes) override {
    if (tls_) return SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size())) > 0;
    return ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0;
  }

  std::string read_head() {
    std::string head;
    char piece[2048];
    while (head.find("\r\n\r\n") == std::string::npos && head.size() < 64 * 1024) {
      const auto got = tls_ ? SSL_read(tls_, piece, sizeof piece) : static_cast<int>(recv(descriptor_, piece, sizeof piece, 0));
      if (got <= 0) return {};
      head.append(piece, static_cast<std::size_t>(got));
    }
    return head;
  }

 private:
  int descriptor_;
  SSL* tls_;
};

Question parse(const std::string& head) {
  Question question;
  const auto lines = lines_of(head);
  const auto words = split(lines.at(0), ' ');
  question.method = words.at(0);
  question.path = words.size() > 1 ? words[1] : "";
  for (std::size_t at = 1; at < lines.size(); ++at) {
    const std::size_t colon = lines[at].find(':');
    if (colon != std::string_view::npos) question.headers[lower(lines[at].substr(0, colon))] = trimmed(lines[at].substr(colon + 1));
  }
  return question;
}

}  // namespace

struct HttpsDouble::Server {
  Handler handler;
  SSL_CTX* context = nullptr;
  int listener = -1;
  int port = 0;
  std::atomic<bool> ends{false};
  std::thread thread;

  void serve_one(int descriptor) {
    const timeval patience{10, 0};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    SSL* tls = context ? SSL_new(context) : nullptr;
    if (tls) SSL_set_fd(tls, descriptor);
    if (!tls || SSL_accept(tls) == 1) {
      Link link(descriptor, tls);
      const std::string head = link.read_head();
      if (!head.empty()) handler(parse(head), link);
      if (tls) SSL_shutdown(tls);
    }
    SSL_free(tls);
    close(descriptor);
  }

  void run() {
    while (!ends) {
      pollfd watched{listener, POLLIN, 0};
      if (poll(&watched, 1, 50) <= 0) continue;
      const int descriptor = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (descriptor >= 0) serve_one(descriptor);
    }
  }
};

std::string answer(int status, const std::string& body, const std::string& headers) {
  return "HTTP/1.1 " + std::to_string(status) + " x\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n" + headers + "\r\n" + body;
}

HttpsDouble::HttpsDouble(Handler handler, const std::string& name, bool is_tls) : server_(std::make_unique<Server>()) {
  std::signal(SIGPIPE, SIG_IGN);
  server_->handler = std::move(handler);
  if (is_tls) {
    const Certified own = certify(name, &test_authority());
    server_->context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(server_->context, own.certificate);
    SSL_CTX_use_PrivateKey(server_->context, own.key);
    X509_free(own.certificate);
    EVP_PKEY_free(own.key);
  }
  server_->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (bind(server_->listener, reinterpret_cast<const sockaddr*>(&address), length) != 0 || listen(server_->listener, 16) != 0 ||
      getsockname(server_->listener, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    throw std::runtime_error("the double cannot listen on loopback");
  server_->port = ntohs(address.sin_port);
  server_->thread = std::thread([this] { server_->run(); });
}

HttpsDouble::~HttpsDouble() {
  server_->ends = true;
  server_->thread.join();
  close(server_->listener);
  SSL_CTX_free(server_->context);
}

int HttpsDouble::port() const { return server_->port; }
std::string HttpsDouble::url(const std::string& path) const { return "https://localhost:" + std::to_string(port()) + path; }

const std::string& HttpsDouble::authority() {
  static const std::string pem = [] {
    BIO* memory = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(memory, test_authority().certificate);
    char* bytes = nullptr;
    const long length = BIO_get_mem_data(memory, &bytes);
    std::string text(bytes, static_cast<std::size_t>(length));
    BIO_free(memory);
    return text;
  }();
  return pem;
}

}  // namespace cosigner::doubles
