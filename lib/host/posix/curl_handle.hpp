// What every HTTPS handle of this program has in common: opened once, the rules of each transfer, whom it trusts.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "host/network.hpp"
#include "host/posix/curl_errors.hpp"

namespace cosigner::host {

struct HandleDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using EasyHandle = std::unique_ptr<CURL, HandleDeleter>;

/// Empty when libcurl cannot be started; `no_libcurl` is the error for that (`network.tls_failed`).
EasyHandle open_handle();
Error no_libcurl();

/// Forgets what the handle was set to, and sets the rules (threats N2) and the proxy. Verification stays on.
void set_rules(CURL* handle, const std::string& url, const std::optional<ProxySettings>& proxy);

/// The system's bundle and the request's extra authorities. Fails with `network.ca_bundle_missing`.
Status set_trust(CURL* handle, const HttpRequest& request);

/// "host" or "host:port" of a URL, for messages: never its user, path or query, which may hold what must not be shown.
std::string where_of(const std::string& url);

/// What the handle knows about a transfer that failed.
FailedTransfer facts_of(CURL* handle, CURLcode code, const std::string& url, const std::optional<ProxySettings>& proxy);

}  // namespace cosigner::host
