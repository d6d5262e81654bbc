// One HTTPS transfer at a time over a handle that is kept: parsing the system's certificate bundle costs 37 ms natively and more than
// a second under emulation (building.md, trap 6), and libcurl keeps the parsed store with the handle. Nothing is opened before
// the first transfer.
//
// Rules for every transfer (threats N2): https only, also after a redirect; at most 5 hops, and only for GET and HEAD; TLS 1.2 or
// newer, verified; no .netrc, no proxy from the environment, no decompression; limits on header, body, time and rate.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/cancel.hpp"
#include "base/result.hpp"
#include "host/network.hpp"

namespace cosigner::host {

struct AnswerHead {
  int status = 0;
  std::map<std::string, std::string> headers;  // of the last hop, names in lower case
};

/// What one transfer does with the body, beside the request itself.
struct Transfer {
  /// Each piece of the body, after the head is known; an error ends the transfer and is its result.
  std::function<Status(const AnswerHead&, std::string_view)> on_body;
  ProgressSink progress;       // bytes of the body and, when told, their total
  std::uint64_t resume_from = 0;  // asks for the rest from here
  std::uint64_t body_limit = 0;
  bool long_lived = false;     // a download: limited by rate, not by the request's timeout
};

class CurlSession {
 public:
  /// `cancel` may be null; it must outlive the session.
  explicit CurlSession(const CancelToken* cancel);
  ~CurlSession();
  CurlSession(const CurlSession&) = delete;
  CurlSession& operator=(const CurlSession&) = delete;

  Result<AnswerHead> perform(const HttpRequest& request, const Transfer& transfer);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
  const CancelToken* cancel_;
};

/// A certificate as libcurl prints it.
struct ShownCertificate {
  std::string pem;
  std::string issuer;
};

/// The chain that the server of an https URL shows, not judged.
Result<std::vector<ShownCertificate>> look_at_chain(const std::string& url, const std::optional<ProxySettings>& proxy, std::chrono::seconds timeout);

/// 0 when the system's bundle trusts the server for its name; else OpenSSL's reason, with -1 for a name that does not fit.
Result<long> judge_by_system(const std::string& url, std::chrono::seconds timeout);

/// The first of the distributions' bundles that is there; `network.ca_bundle_missing` otherwise.
Result<std::string> system_ca_bundle();

}  // namespace cosigner::host
