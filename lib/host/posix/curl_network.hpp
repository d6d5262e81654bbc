// The real network: HTTPS by libcurl, names by c-ares, local sockets.
#pragma once

#include "base/cancel.hpp"
#include "host/network.hpp"
#include "host/posix/curl_session.hpp"

namespace cosigner::host {

class CurlNetwork : public Network {
 public:
  /// `cancel` may be null; it must outlive this.
  explicit CurlNetwork(const CancelToken* cancel) : cancel_(cancel), session_(cancel) {}

  Result<std::vector<std::string>> resolve(const std::string& host) const override;
  Result<HttpResponse> request(const HttpRequest& request) const override;
  std::vector<Reached> reach(const std::vector<Endpoint>& endpoints, std::chrono::seconds limit) const override;
  Result<ServedCertificates> served_certificates(const std::string& host, int port, std::chrono::seconds timeout) const override;
  Result<std::string> exchange(const Path& socket, std::string_view message, std::size_t limit, std::chrono::seconds timeout) const override;

  /// A transfer with a SHA-256 goes on where an earlier one was cut off; without one nothing would prove that both halves
  /// belong together, so it starts anew.
  Status download(const HttpRequest& request, const Path& target, const std::optional<std::string>& sha256_hex,
                  std::uint64_t size_limit, const ProgressSink& progress) override;

 private:
  const CancelToken* cancel_;
  mutable CurlSession session_;  // one at a time: the program has one thread that uses the network
};

}  // namespace cosigner::host
