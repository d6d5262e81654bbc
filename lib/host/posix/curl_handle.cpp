#include "host/posix/curl_handle.hpp"

#include "base/text.hpp"
#include "base/untrusted.hpp"
#include "host/posix/curl_session.hpp"
#include "host/posix/posix_files.hpp"

namespace cosigner::host {
namespace {

constexpr long connect_seconds = 20;

void set_proxy(CURL* handle, const std::optional<ProxySettings>& proxy) {
  // Explicit even when empty: otherwise libcurl reads the environment.
  curl_easy_setopt(handle, CURLOPT_PROXY, proxy ? proxy->url.c_str() : "");
  curl_easy_setopt(handle, CURLOPT_NOPROXY, proxy ? joined(proxy->no_proxy, ",").c_str() : "");
  if (!proxy || proxy->username.empty()) return;
  curl_easy_setopt(handle, CURLOPT_PROXYUSERNAME, proxy->username.c_str());
  std::string password(proxy->password.reveal("proxy login, kept by libcurl for this transfer"));
  curl_easy_setopt(handle, CURLOPT_PROXYPASSWORD, password.c_str());
  wipe_text(password);
}

Result<std::string> bundle_with(const std::string& bundle_path, const std::string& extra) {
  const PathWalker machine("/");
  const auto text = TRY(PosixFiles(machine).read(Path(bundle_path)));
  if (!text) return make_error("network.ca_bundle_missing", bundle_path + " cannot be read", "Install the package ca-certificates.");
  return *text + "\n" + extra;
}

}  // namespace

EasyHandle open_handle() {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  return EasyHandle(ready == CURLE_OK ? curl_easy_init() : nullptr);
}

Error no_libcurl() { return make_error("network.tls_failed", "libcurl could not be started", "Report this as a bug."); }

void set_rules(CURL* handle, const std::string& url, const std::optional<ProxySettings>& proxy) {
  curl_easy_reset(handle);
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, is_instance_service(url) ? "http" : "https");
  curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, "https");
  curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(handle, CURLOPT_PROXY_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(handle, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_HTTP_CONTENT_DECODING, 0L);
  curl_easy_setopt(handle, CURLOPT_UNRESTRICTED_AUTH, 0L);
  curl_easy_setopt(handle, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));  // our headers are not the proxy's
  curl_easy_setopt(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, connect_seconds);
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "cosigner/" COSIGNER_VERSION);
  curl_easy_setopt(handle, CURLOPT_CAINFO, nullptr);
  curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);  // Debian's libcurl has the system's directory as default
  set_proxy(handle, is_instance_service(url) ? std::nullopt : proxy);
}

Status set_trust(CURL* handle, const HttpRequest& request) {
  std::string blob = request.extra_ca_pem.value_or("");
  if (!request.only_extra_ca || blob.empty()) {
    const std::string bundle = TRY(system_ca_bundle());
    curl_easy_setopt(handle, CURLOPT_PROXY_CAINFO, bundle.c_str());
    if (blob.empty()) {
      curl_easy_setopt(handle, CURLOPT_CAINFO, bundle.c_str());  // by name: libcurl keeps this parsed
      return {};
    }
    blob = TRY(bundle_with(bundle, blob));
  }
  curl_blob data{blob.data(), blob.size(), CURL_BLOB_COPY};
  curl_easy_setopt(handle, CURLOPT_CAINFO_BLOB, &data);
  return {};
}

std::string where_of(const std::string& url) {
  const std::size_t start = url.find("://");
  std::string_view rest = start == std::string::npos ? std::string_view(url) : std::string_view(url).substr(start + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  const std::size_t user = rest.rfind('@');
  return shown(Untrusted(std::string(user == std::string_view::npos ? rest : rest.substr(user + 1))));
}

FailedTransfer facts_of(CURL* handle, CURLcode code, const std::string& url, const std::optional<ProxySettings>& proxy) {
  FailedTransfer failed;
  failed.code = code;
  failed.where = where_of(url);
  if (proxy) failed.proxy = where_of(proxy->url);
  long hops = 0, system_error = 0;
  curl_easy_getinfo(handle, CURLINFO_HTTP_CONNECTCODE, &failed.proxy_status);
  curl_easy_getinfo(handle, CURLINFO_SSL_VERIFYRESULT, &failed.verify_result);
  curl_easy_getinfo(handle, CURLINFO_REDIRECT_COUNT, &hops);
  curl_easy_getinfo(handle, CURLINFO_OS_ERRNO, &system_error);
  failed.redirected = hops > 0;
  failed.system_error = static_cast<int>(system_error);
  return failed;
}

}  // namespace cosigner::host
