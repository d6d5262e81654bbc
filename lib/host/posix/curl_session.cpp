#include "host/posix/curl_session.hpp"

#include "base/text.hpp"
#include "base/untrusted.hpp"
#include "host/posix/curl_errors.hpp"
#include "host/posix/curl_handle.hpp"

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

struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

HeaderList header_list(const std::vector<std::string>& lines) {
  HeaderList list;
  for (const auto& line : lines) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    static_cast<void>(list.release());  // the longer list begins with it
    list.reset(longer);
  }
  return list;
}

void set_method(CURL* handle, const HttpRequest& request) {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  const bool follows = reads && !is_instance_service(request.url);
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, follows ? 1L : 0L);
  curl_easy_setopt(handle, CURLOPT_MAXREDIRS, 5L);
  if (request.method == "HEAD") curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  if (reads) return;
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

}  // namespace

struct CurlSession::Handle {
  EasyHandle easy = open_handle();
};

CurlSession::CurlSession(const CancelToken* cancel) : cancel_(cancel) {}
CurlSession::~CurlSession() = default;

Result<AnswerHead> CurlSession::perform(const HttpRequest& request, const Transfer& transfer) {
  const bool is_plain = is_instance_service(request.url);
  if (!is_plain && request.url.rfind("https://", 0) != 0)
    return make_error("network.scheme_refused", "only https is spoken, not the scheme of " + where_of(request.url), "Use an https URL.");
  if (!handle_) handle_ = std::make_unique<Handle>();
  CURL* handle = handle_->easy.get();
  if (!handle) return no_libcurl();
  Running running;
  running.transfer = &transfer;
  running.cancel = cancel_;
  set_rules(handle, request.url, request.proxy);
  if (!is_plain) TRY(set_trust(handle, request));
  set_method(handle, request);
  set_callbacks(handle, running, request);
  const HeaderList headers = header_list(request.headers);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  const CURLcode code = curl_easy_perform(handle);
  if (running.stopped_by) return std::move(*running.stopped_by).within(where_of(request.url));
  if (code != CURLE_OK) return failure_of(handle, code, request.url, request.proxy);
  return running.head;
}

}  // namespace cosigner::host
