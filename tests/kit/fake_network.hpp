// The network of the model: names, web servers by URL, local sockets and served certificates, each as data.
#pragma once

#include "host/network.hpp"
#include "kit/call_log.hpp"
#include "kit/model.hpp"

namespace cosigner::kit {

class FakeNetwork : public host::Network {
 public:
  FakeNetwork(MachineModel& model, CallLog& log) : model_(model), log_(log) {}

  Result<std::vector<std::string>> resolve(const std::string& host) const override;
  /// 404 when the host serves other URLs; a host that serves nothing refuses the connection.
  Result<host::HttpResponse> request(const host::HttpRequest& request) const override;
  std::vector<host::Reached> reach(const std::vector<host::Endpoint>& endpoints, std::chrono::seconds limit) const override;
  Result<host::ServedCertificates> served_certificates(const std::string& host, int port,
                                                       std::chrono::seconds timeout) const override;
  Result<std::string> exchange(const Path& socket, std::string_view message, std::size_t limit,
                               std::chrono::seconds timeout) const override;

  Status download(const host::HttpRequest& request, const Path& target, const std::optional<std::string>& sha256_hex,
                  std::uint64_t size_limit, const host::ProgressSink& progress) override;

 private:
  MachineModel& model_;
  CallLog& log_;
};

}  // namespace cosigner::kit
