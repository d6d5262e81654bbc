#include "host/posix/curl_session.hpp"

#include <curl/curl.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "base/text.hpp"
#include "base/untrusted.hpp"
#include "host/posix/curl_errors.hpp"

namespace cosigner::host {
namespace {

constexpr std::size_t header_limit = 64 * 1024;
constexpr long connect_seconds = 20;
constexpr long slow_bytes_per_second = 256, slow_seconds = 30;
constexpr long longest_download_seconds = 3 * 3600;

/// What the callbacks of one transfer share.
struct Running {
  const Transfer* transfer = nullptr;
  const CancelToken* cancel = nullptr;
  AnswerHead head;
  std::size_t header_bytes = 0;
  std::uint64_t body_bytes = 0;
  std::uint64_t told = 0;
  std::optional<Error> stopped_by;
};

Error too_large(const std::string& what) {
  return make_error("network.answer_too_large", "the " + what + " of the answer is larger than allowed", "Check the URL.");
}

void take_header_line(AnswerHead& head, std::string_view line) {
  if (line.rfind("HTTP/", 0) == 0) {  // the next hop, or the answer after a "100 Continue"
    head = {};
    const std::size_t space = line.find(' ');
    const auto status = space == std::string_view::npos ? std::nullopt : parse_number(line.substr(space + 1, 3));
    head.status = status ? static_cast<int>(*status) : 0;
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  head.headers[lower(trimmed(line.substr(0, colon)))] = std::string(trimmed(line.substr(colon + 1)));
}

std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* user) {
  auto& running = *static_cast<Running*>(user);
  const std::size_t length = size * count;
  running.header_bytes += length;
  if (running.header_bytes > header_limit) {
    running.stopped_by = too_large("header");
    return 0;
  }
  take_header_line(running.head, std::string_view(bytes, length));
  return length;
}

std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* user) {
  auto& running = *static_cast<Running*>(user);
  const std::size_t length = size * count;
  running.body_bytes += length;
  if (running.body_bytes > running.transfer->body_limit) {
    running.stopped_by = too_large("body");
    return 0;
  }
  if (!running.transfer->on_body) return length;
  Status taken = running.transfer->on_body(running.head, std::string_view(bytes, length));
  if (taken) return length;
  running.stopped_by = std::move(taken).error();
  return 0;
}

int on_progress(void* user, curl_off_t total, curl_off_t now, curl_off_t, curl_off_t) {
  auto& running = *static_cast<Running*>(user);
  if (running.cancel && running.cancel->requested()) return 1;
  const auto done = static_cast<std::uint64_t>(now);
  if (!running.transfer->progress || done == running.told || running.head.status >= 300) return 0;
  running.told = done;
  const std::uint64_t before = running.head.status == 206 ? running.transfer->resume_from : 0;
  Progress progress{"downloading", before + done, {}, {}};
  if (total > 0) progress.total = before + static_cast<std::uint64_t>(total);
  running.transfer->progress(progress);
  return 0;
}

struct HandleDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using EasyHandle = std::unique_ptr<CURL, HandleDeleter>;

struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

EasyHandle open_handle() {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  return EasyHandle(ready == CURLE_OK ? curl_easy_init() : nullptr);
}

HeaderList header_list(const std::vector<std::string>& lines) {
  HeaderList list;
  for (const auto& line : lines) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    list.release();
    list.reset(longer);
  }
  return list;
}

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

void set_rules(CURL* handle, const std::string& url, const std::optional<ProxySettings>& proxy) {
  curl_easy_reset(handle);
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "https");
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
  set_proxy(handle, proxy);
}

Result<std::string> bundle_with(const std::string& bundle_path, const std::string& extra) {
  std::ifstream file(bundle_path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return make_error("network.ca_bundle_missing", bundle_path + " cannot be read", "Install the package ca-certificates.");
  return text.str() + "\n" + extra;
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

void set_method(CURL* handle, const HttpRequest& request) {
  const bool follows = request.method == "GET" || request.method == "HEAD";
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, follows ? 1L : 0L);
  curl_easy_setopt(handle, CURLOPT_MAXREDIRS, 5L);
  if (request.method == "HEAD") curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  if (follows) return;
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.c_str());  // not copied: the request outlives the transfer
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void set_callbacks(CURL* handle, Running& running, const HttpRequest& request) {
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &running);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &running);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &running);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, slow_bytes_per_second);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, slow_seconds);
  const bool long_lived = running.transfer->long_lived;
  curl_easy_setopt(handle, CURLOPT_TIMEOUT, long_lived ? longest_download_seconds : static_cast<long>(request.timeout.count()));
  if (running.transfer->resume_from > 0)
    curl_easy_setopt(handle, CURLOPT_RANGE, (std::to_string(running.transfer->resume_from) + "-").c_str());
}

/// "host" or "host:port" of a URL, for messages: never its user, path or query, which may hold what must not be shown.
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

Error failure_of(CURL* handle, CURLcode code, const std::string& url, const std::optional<ProxySettings>& proxy) {
  FailedTransfer failed = facts_of(handle, code, url, proxy);
  if (code == CURLE_PEER_FAILED_VERIFICATION) {
    // libcurl tells the chain only of a handshake that succeeded: look again without judging, for the name of the issuer alone.
    const char* last = nullptr;
    curl_easy_getinfo(handle, CURLINFO_EFFECTIVE_URL, &last);
    const std::string asked = last ? last : url;
    failed.where = where_of(asked);
    const auto chain = look_at_chain(asked, proxy, std::chrono::seconds(connect_seconds));
    if (chain && !chain->empty()) failed.issuer = shown(Untrusted(chain->front().issuer));
  }
  return describe_failure(failed);
}

Error no_libcurl() { return make_error("network.tls_failed", "libcurl could not be started", "Report this as a bug."); }

}  // namespace

struct CurlSession::Handle {
  EasyHandle easy = open_handle();
};

CurlSession::CurlSession(const CancelToken* cancel) : cancel_(cancel) {}
CurlSession::~CurlSession() = default;

Result<AnswerHead> CurlSession::perform(const HttpRequest& request, const Transfer& transfer) {
  if (request.url.rfind("https://", 0) != 0)
    return make_error("network.scheme_refused", "only https is spoken, not the scheme of " + where_of(request.url), "Use an https URL.");
  if (!handle_) handle_ = std::make_unique<Handle>();
  CURL* handle = handle_->easy.get();
  if (!handle) return no_libcurl();
  Running running;
  running.transfer = &transfer;
  running.cancel = cancel_;
  set_rules(handle, request.url, request.proxy);
  TRY(set_trust(handle, request));
  set_method(handle, request);
  set_callbacks(handle, running, request);
  const HeaderList headers = header_list(request.headers);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  const CURLcode code = curl_easy_perform(handle);
  if (running.stopped_by) return std::move(*running.stopped_by).within(where_of(request.url));
  if (code != CURLE_OK) return failure_of(handle, code, request.url, request.proxy);
  return running.head;
}

Result<std::vector<ShownCertificate>> look_at_chain(const std::string& url, const std::optional<ProxySettings>& proxy,
                                                    std::chrono::seconds timeout) {
  const EasyHandle handle = open_handle();
  if (!handle) return no_libcurl();
  set_rules(handle.get(), url, proxy);
  curl_easy_setopt(handle.get(), CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(handle.get(), CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(handle.get(), CURLOPT_CERTINFO, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_CONNECT_ONLY, 1L);  // the handshake and nothing after it
  curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT, static_cast<long>(timeout.count()));
  const CURLcode code = curl_easy_perform(handle.get());
  if (code != CURLE_OK) return describe_failure(facts_of(handle.get(), code, url, proxy));
  curl_certinfo* chain = nullptr;
  curl_easy_getinfo(handle.get(), CURLINFO_CERTINFO, &chain);
  std::vector<ShownCertificate> certificates;
  for (int at = 0; chain && at < chain->num_of_certs; ++at) {
    ShownCertificate certificate;
    for (const curl_slist* field = chain->certinfo[at]; field; field = field->next) {
      const std::string_view text = field->data;
      if (text.rfind("Issuer:", 0) == 0) certificate.issuer = text.substr(7);
      if (text.rfind("Cert:", 0) == 0) certificate.pem = text.substr(5);
    }
    certificates.push_back(std::move(certificate));
  }
  return certificates;
}

Result<long> judge_by_system(const std::string& url, std::chrono::seconds timeout) {
  const EasyHandle handle = open_handle();
  if (!handle) return no_libcurl();
  set_rules(handle.get(), url, std::nullopt);
  TRY(set_trust(handle.get(), {}));
  curl_easy_setopt(handle.get(), CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT, static_cast<long>(timeout.count()));
  const CURLcode code = curl_easy_perform(handle.get());
  if (code == CURLE_OK) return 0L;
  const FailedTransfer failed = facts_of(handle.get(), code, url, std::nullopt);
  if (code != CURLE_PEER_FAILED_VERIFICATION) return describe_failure(failed);
  return failed.verify_result == 0 ? -1L : failed.verify_result;
}

Result<std::string> system_ca_bundle() {
  static const char* const places[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"};
  for (const char* place : places)
    if (access(place, R_OK) == 0) return std::string(place);
  return make_error("network.ca_bundle_missing", std::string("this machine has no bundle of certificate authorities (") + places[0] + ")",
                    "Install the package ca-certificates.");
}

}  // namespace cosigner::host
