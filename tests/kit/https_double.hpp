// An HTTPS server in this process that misbehaves as a test asks: on loopback, with a certificate authority made at run time.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace cosigner::doubles {

struct Question {
  std::string method;
  std::string path;
  std::map<std::string, std::string> headers;  // names in lower case
};

/// What a handler writes goes out as it is; false when the peer is gone. The connection ends with the handler.
class Peer {
 public:
  virtual ~Peer() = default;
  virtual bool send(const std::string& bytes) = 0;
};
using Handler = std::function<void(const Question&, Peer&)>;

/// "HTTP/1.1 STATUS …" with Content-Length.
std::string answer(int status, const std::string& body, const std::string& headers = "");

class HttpsDouble {
 public:
  /// `name`: for whom its certificate is made. `is_tls` false: plain HTTP, for a proxy.
  explicit HttpsDouble(Handler handler, const std::string& name = "localhost", bool is_tls = true);
  ~HttpsDouble();
  HttpsDouble(const HttpsDouble&) = delete;
  HttpsDouble& operator=(const HttpsDouble&) = delete;

  int port() const;
  std::string url(const std::string& path) const;  // https://localhost:PORT/path
  /// PEM of the authority that signed its certificate; every double of the process has the same.
  static const std::string& authority();

 private:
  struct Server;
  std::unique_ptr<Server> server_;
};

}  // namespace cosigner::doubles
