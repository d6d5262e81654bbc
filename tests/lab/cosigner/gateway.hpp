// The mobile gateway as the stand-in sees it: the calls of the lab's service contract (README.md), their retries,
// and what each refusal means in the log.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "https.hpp"
#include "journal.hpp"
#include "place.hpp"

namespace lab {

struct Reply {
  bool good = false;
  int status = 0;
  std::string body;
  Answer raw;
};

class Gateway {
 public:
  // Reads HTTPS_PROXY and MOBILE_GATEWAY (default: the image's lab/gateway, then the Global host).
  Gateway(const Place& place, Journal& journal);

  // status 500 is tried again after 1, 2 and 4 seconds: the gateway says 500 for an expired token too.
  Reply pair(const nlohmann::json& request);
  bool log_in(const std::string& user, const std::string& device, const std::string& refresh_token);
  Reply call(const std::string& method, const std::string& path, const std::string& body, int timeout = 30);
  const std::string& host() const { return host_; }

 private:
  Answer send(const std::string& method, const std::string& path, const std::string& body, int timeout) const;

  Place place_;
  Journal& journal_;
  std::string host_;
  std::string proxy_;
  std::string access_token_;
};

std::string program_version(const Place& place);

}  // namespace lab
