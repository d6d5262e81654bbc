#include "host/posix/posix_host.hpp"

#include "host/posix/curl_network.hpp"
#include "host/posix/engine_containers.hpp"

namespace cosigner::host {
namespace {

/// The network below a --root folder: there is none.
class NoNetwork : public Network {
 public:
  Result<std::vector<std::string>> resolve(const std::string& host) const override { return refusal("resolve " + host); }
  Result<HttpResponse> request(const HttpRequest& request) const override { return refusal("ask " + request.url); }
  std::vector<Reached> reach(const std::vector<Endpoint>& endpoints, std::chrono::seconds) const override {
    std::vector<Reached> out(endpoints.size());
    for (std::size_t at = 0; at < out.size(); ++at) out[at].error = refusal("ask " + endpoints[at].host);
    return out;
  }
  Result<ServedCertificates> served_certificates(const std::string& host, int, std::chrono::seconds) const override {
    return refusal("ask " + host);
  }
  Result<std::string> exchange(const Path& socket, std::string_view, std::size_t, std::chrono::seconds) const override {
    return refusal("connect to " + socket.text());
  }
  Status download(const HttpRequest& request, const Path&, const std::optional<std::string>&, std::uint64_t,
                  const ProgressSink&) override {
    return refusal("download " + request.url);
  }

 private:
  static Error refusal(const std::string& what) {
    return make_error("network.unreachable", "no connection is made below another root directory, so could not " + what,
                      "Run without --root.");
  }
};

std::unique_ptr<Network> network_of(const PathWalker& walker, const CancelToken& cancel) {
  if (walker.is_whole_machine()) return std::make_unique<CurlNetwork>(&cancel);
  return std::make_unique<NoNetwork>();
}

}  // namespace

PosixHost::PosixHost(const PosixHostOptions& options, const CancelToken& cancel)
    : walker_(options.root),
      files_(walker_),
      packages_(walker_, &cancel),
      services_(walker_, &cancel),
      accounts_(walker_, &cancel),
      clock_(&cancel),
      devices_(walker_),
      kernel_(walker_, &cancel),
      // Below a folder the socket is looked for there too: an engine outside of it is never reached.
      containers_(std::make_unique<EngineContainers>(
          walker_.is_whole_machine() ? options.engine_socket : walker_.root() + options.engine_socket, &cancel)),
      network_(network_of(walker_, cancel)) {}

}  // namespace cosigner::host
