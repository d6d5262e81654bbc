// Names, HTTPS and local sockets. TLS is always verified against the system's bundle (plus an extra CA of the answers); only
// https after a redirect, at most 5 hops, credentials dropped across hosts, no automatic decompression, limits on header, body,
// time and rate (threats N2).
//
// Errors: `network.name_unresolved`, `network.unreachable`, `network.refused`, `network.timed_out`, `network.tls_untrusted`
// (issuer named), `network.tls_failed`, `network.ca_bundle_missing`, `network.proxy_failed`, `network.redirect_refused`,
// `network.answer_too_large`, `network.digest_mismatch`, `network.status_unexpected` is never made here: the status is data.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/path.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "host/types.hpp"

namespace cosigner::host {

struct ProxySettings {
  std::string url;  // http://host:port, without credentials
  std::vector<std::string> no_proxy;
  std::string username;
  Secret password;
};

/// Alibaba Cloud's service for its instances. The one server that is asked without TLS, without a proxy and without redirects: it is the
/// machine's own host that answers, and nothing it says is believed beyond a word of a closed list (threats N3).
inline constexpr std::string_view instance_service = "http://100.100.100.200/";
inline bool is_instance_service(std::string_view url) { return url.substr(0, instance_service.size()) == instance_service; }

struct HttpRequest {
  std::string url;
  std::string method = "GET";
  std::vector<std::string> headers;  // "Name: value"
  std::string body;
  std::optional<ProxySettings> proxy;
  std::optional<std::string> extra_ca_pem;  // instead of the system's bundle when `only_extra_ca`
  bool only_extra_ca = false;
  std::size_t body_limit = 4 * 1024 * 1024;
  std::chrono::seconds timeout{30};
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

/// What a TLS server shows, without judging it beyond the handshake: for callback handlers with pinned certificates.
struct ServedCertificates {
  std::vector<std::string> chain_pem;  // leaf first
  bool trusted_by_system = false;
  std::string trouble;  // why it is not trusted, in our words; empty when trusted
};

/// A server that must be reachable from here.
struct Endpoint {
  std::string host;
  int port = 443;
  bool tls = true;  // false: a plain connection is enough
  std::optional<ProxySettings> proxy;
  std::optional<std::string> extra_ca_pem;
};

struct Reached {
  std::vector<std::string> addresses;  // as this machine resolves the name; empty behind a proxy
  std::optional<Error> error;          // why it cannot be reached; the code says at which step
  std::optional<Time> server_time;     // of its Date header, in whole seconds that have begun
  Time asked{};                        // by this machine's clock: before the first packet
  Time answered{};                     // and, where there is a server_time, when that header was here
};

class NetworkView {
 public:
  virtual ~NetworkView() = default;
  virtual Result<std::vector<std::string>> resolve(const std::string& host) const = 0;
  /// Any status is a success: the caller judges it.
  virtual Result<HttpResponse> request(const HttpRequest& request) const = 0;
  /// One answer an endpoint, in their order, all asked at the same time, none longer than `limit`. Nothing is fetched.
  virtual std::vector<Reached> reach(const std::vector<Endpoint>& endpoints, std::chrono::seconds limit) const = 0;
  virtual Result<ServedCertificates> served_certificates(const std::string& host, int port,
                                                         std::chrono::seconds timeout) const = 0;
  /// Connects to a local stream socket, sends, reads until the peer closes or `limit` is reached.
  virtual Result<std::string> exchange(const Path& socket, std::string_view message, std::size_t limit,
                                       std::chrono::seconds timeout) const = 0;
};

class Network : public virtual NetworkView {
 public:
  /// Downloads to `target` (0600 root) through a partial file beside it, resumed when the server allows; checks the SHA-256 when
  /// given. A status other than 200/206 is `network.download_refused` with the status in the message.
  virtual Status download(const HttpRequest& request, const Path& target, const std::optional<std::string>& sha256_hex,
                          std::uint64_t size_limit, const ProgressSink& progress) = 0;
};

}  // namespace cosigner::host
