#include "host/posix/curl_errors.hpp"

#include <curl/curl.h>

#include <cerrno>

namespace cosigner::host {
namespace {

// X509_V_ERR_* of OpenSSL's x509_vfy.h; the numbers are part of its interface.
constexpr long not_yet_valid = 9, expired = 10, self_signed_leaf = 18, self_signed_root = 19, no_local_issuer = 20, no_leaf_issuer = 21;

Error retryable(Error error) {
  error.retryable = true;
  return error;
}

Error proxy_failure(const FailedTransfer& failed) {
  const std::string status = failed.proxy_status != 0 ? " (it answered with status " + std::to_string(failed.proxy_status) + ")" : "";
  const bool login = failed.proxy_status == 407;
  return make_error("network.proxy_failed", "the proxy " + failed.proxy + " gave no way to " + failed.where + status,
                    login ? "Check proxy.username and proxy.password." : "Check proxy.url and that the proxy allows " + failed.where + ".");
}

Error untrusted(const FailedTransfer& failed) {
  const std::string issuer = failed.issuer.empty() ? "" : "; it was issued by " + failed.issuer;
  const bool clock = failed.verify_result == not_yet_valid || failed.verify_result == expired;
  return make_error("network.tls_untrusted", "the certificate of " + failed.where + " is not trusted: " + trust_trouble(failed.verify_result) + issuer,
                    clock ? "Check this machine's clock, then the server's certificate."
                          : "Check for a TLS inspecting proxy; if its authority is wanted, name it in tls.extraCa.");
}

Error no_connection(const FailedTransfer& failed) {
  if (failed.system_error == ECONNREFUSED)
    return retryable(make_error("network.refused", failed.where + " refused the connection", "Check the address, the port and the firewall."));
  return retryable(make_error("network.unreachable", "there is no connection to " + failed.where,
                              "Open the way to " + failed.where + " in the firewall, or set proxy.url."));
}

bool is_proxy_failure(const FailedTransfer& failed) {
  if (failed.proxy.empty()) return false;
  if (failed.proxy_status >= 300) return true;
  return failed.code == CURLE_COULDNT_RESOLVE_PROXY || failed.code == CURLE_PROXY || failed.code == CURLE_COULDNT_CONNECT;
}

Error tls_failure(const FailedTransfer& failed) {
  return retryable(make_error("network.tls_failed", "no TLS connection (1.2 or newer) could be agreed on with " + failed.where,
                              "Check for a middlebox between this machine and " + failed.where + "."));
}

}  // namespace

std::string trust_trouble(long verify_result) {
  switch (verify_result) {  // libcurl leaves 1 ("unspecified") where the chain held and its own look at the name did not
    case 0:
    case 1: return "it is for another name";
    case not_yet_valid: return "it is not valid yet";
    case expired: return "it has expired";
    case self_signed_leaf: return "it is signed by itself";
    case self_signed_root:
    case no_local_issuer:
    case no_leaf_issuer: return "its authority is not in the system's bundle";
    default: return "its chain does not hold (verification result " + std::to_string(verify_result) + ")";
  }
}

Error describe_failure(const FailedTransfer& failed) {
  if (failed.code == CURLE_ABORTED_BY_CALLBACK) return make_error("run.cancelled", "the transfer was cancelled", "");
  if (is_proxy_failure(failed)) return proxy_failure(failed);
  switch (failed.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return retryable(make_error("network.name_unresolved", "the name of " + failed.where + " could not be resolved",
                                  "Check the name servers in /etc/resolv.conf."));
    case CURLE_COULDNT_CONNECT: return no_connection(failed);
    case CURLE_OPERATION_TIMEDOUT:
      return retryable(make_error("network.timed_out", failed.where + " did not answer in time or sent too slowly",
                                  "Check the way to " + failed.where + " and run the command again."));
    case CURLE_PEER_FAILED_VERIFICATION: return untrusted(failed);
    case CURLE_SSL_CACERT_BADFILE:
      return make_error("network.ca_bundle_missing", "the system's bundle of certificate authorities cannot be read", "Install the package ca-certificates.");
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ISSUER_ERROR: return tls_failure(failed);
    case CURLE_TOO_MANY_REDIRECTS:
      return make_error("network.redirect_refused", failed.where + " redirected more than 5 times", "Check the URL.");
    case CURLE_UNSUPPORTED_PROTOCOL:
      return make_error(failed.redirected ? "network.redirect_refused" : "network.scheme_refused",
                        failed.redirected ? failed.where + " redirected to something that is not https" : "only https is spoken with " + failed.where,
                        "Use an https URL.");
    case CURLE_URL_MALFORMAT: return make_error("network.scheme_refused", "the address of " + failed.where + " is not a URL", "Check the URL.");
    case CURLE_FILESIZE_EXCEEDED:
      return make_error("network.answer_too_large", "the answer of " + failed.where + " is larger than allowed", "Check the URL.");
    default:
      return retryable(make_error("network.connection_lost",
                                  "the connection to " + failed.where + " ended before the whole answer was here (libcurl code " + std::to_string(failed.code) + ")",
                                  "Run the command again; check the way to " + failed.where + " when it happens twice."));
  }
}

}  // namespace cosigner::host
