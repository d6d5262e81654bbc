// A small HTTPS client for one host: own name table (a container does not see the guest's hosts file), the lab's
// authority as the only trust anchor, an optional CONNECT proxy. One request a connection.
#pragma once
#include <map>
#include <string>

namespace lab {

struct Answer {
  int status = 0;  // 0: no answer, see problem
  std::string body;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string problem;
};

struct Target {
  std::string host;
  int port = 443;
  std::string address;  // where to connect; = host when the table has no row
  int address_port = 443;
};

class Https {
 public:
  Https(Target target, std::string ca_file, std::string proxy, int timeout_seconds);

  Answer request(const std::string& method, const std::string& path, const std::map<std::string, std::string>& headers,
                 const std::string& body) const;
  const Target& target() const { return target_; }

 private:
  Target target_;
  std::string ca_file_;
  std::string proxy_;  // host:port
  int timeout_seconds_;
};

// Row "host port address port" of the table in text; the host itself when there is none.
Target find_target(const std::string& table, const std::string& host, int port);

// "http://host:port[/]" -> "host:port"; anything else -> as it is.
std::string proxy_authority(std::string url);

}  // namespace lab
