// Whether servers can be reached from here: name, connection, TLS. All at once over one multi handle, which reads the bundle of
// authorities once for all of them; that costs 37 ms natively and more than a second under emulation.
#include <string_view>

#include "base/untrusted.hpp"
#include "host/posix/curl_errors.hpp"
#include "host/posix/curl_handle.hpp"
#include "host/posix/curl_network.hpp"
#include "host/posix/curl_session.hpp"

namespace cosigner::host {
namespace {

using Moment = std::chrono::steady_clock::time_point;

constexpr int longest_wait = 100;  // ms, so that a cancellation is seen

struct MultiDeleter {
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};
using MultiHandle = std::unique_ptr<CURLM, MultiDeleter>;

/// One server that is tried.
struct Try {
  EasyHandle handle;
  std::string url;
  CURLcode code = CURLE_OPERATION_TIMEDOUT;  // until libcurl says otherwise
  std::optional<Time> server_time;
  Time asked{};
  Time answered{};
};

Time clock_now() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

std::string url_of(const Endpoint& endpoint) {
  const bool is_ipv6 = endpoint.host.find(':') != std::string::npos;
  return std::string(endpoint.tls ? "https://" : "http://") + (is_ipv6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" +
         std::to_string(endpoint.port) + "/";
}

std::size_t keep_date(char* bytes, std::size_t size, std::size_t count, void* user) {
  const std::string_view line(bytes, size * count);
  const std::string_view name = line.substr(0, 5);
  const bool is_date = name == "Date:" || name == "date:";
  const time_t time = is_date ? curl_getdate(std::string(line.substr(5)).c_str(), nullptr) : -1;
  if (time <= 0) return size * count;
  auto& tried = *static_cast<Try*>(user);
  tried.server_time = Time(std::chrono::seconds(time));
  tried.answered = clock_now();
  return size * count;
}

std::size_t drop(char*, std::size_t size, std::size_t count, void*) { return size * count; }

/// HEAD, so that the server's clock is seen too.
Status set_up(const Endpoint& endpoint, std::chrono::milliseconds limit, Try& out) {
  out.handle = open_handle();
  if (!out.handle) return no_libcurl();
  CURL* const handle = out.handle.get();
  out.asked = clock_now();
  out.url = url_of(endpoint);
  set_rules(handle, out.url, endpoint.proxy);
  HttpRequest trust;
  trust.extra_ca_pem = endpoint.extra_ca_pem;
  if (endpoint.tls)
    TRY(set_trust(handle, trust));
  else
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);  // a name server that does not answer holds nobody up
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &keep_date);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &out);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &drop);
  curl_easy_setopt(handle, CURLOPT_PRIVATE, &out);
  return {};
}

void note_ends(CURLM* all) {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(all, &left)) {
    Try* ended = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &ended);
    if (message->msg == CURLMSG_DONE && ended != nullptr) ended->code = message->data.result;
  }
}

void drive(CURLM* all, Moment end, const CancelToken* cancel) {
  int running = 1;
  while (running > 0 && std::chrono::steady_clock::now() < end && !(cancel != nullptr && cancel->requested())) {
    if (curl_multi_perform(all, &running) != CURLM_OK) return;
    note_ends(all);
    if (running > 0) curl_multi_poll(all, nullptr, 0, longest_wait, nullptr);
  }
}

/// An answer of any status is reached; so is a server that ends the connection after TLS.
bool is_reached(CURLcode code) {
  return code == CURLE_OK || code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR;
}

Reached judge(const Try& tried, const Endpoint& endpoint, Moment end) {
  Reached out;
  out.server_time = tried.server_time;
  out.asked = tried.asked;
  out.answered = tried.answered;
  const char* address = nullptr;
  curl_easy_getinfo(tried.handle.get(), CURLINFO_PRIMARY_IP, &address);
  if (!endpoint.proxy && address != nullptr && *address != '\0') out.addresses = {address};
  if (is_reached(tried.code)) return out;
  FailedTransfer failed = facts_of(tried.handle.get(), tried.code, tried.url, endpoint.proxy);
  const auto left = std::chrono::floor<std::chrono::seconds>(end - std::chrono::steady_clock::now());
  if (tried.code == CURLE_PEER_FAILED_VERIFICATION && left.count() > 0) {
    const auto chain = look_at_chain(tried.url, endpoint.proxy, left);
    if (chain && !chain->empty()) failed.issuer = shown(Untrusted(chain->front().issuer), 120);
  }
  out.error = describe_failure(failed);
  return out;
}

}  // namespace

std::vector<Reached> CurlNetwork::reach(const std::vector<Endpoint>& endpoints, std::chrono::seconds limit) const {
  std::vector<Reached> out(endpoints.size());
  std::vector<Try> tries(endpoints.size());
  const Moment end = std::chrono::steady_clock::now() + limit;
  open_handle();  // libcurl is started
  const MultiHandle all(curl_multi_init());
  for (std::size_t at = 0; at < endpoints.size(); ++at) {
    const Status ready = all ? set_up(endpoints[at], limit, tries[at]) : Status(no_libcurl());
    if (ready.ok())
      curl_multi_add_handle(all.get(), tries[at].handle.get());
    else
      out[at].error = ready.error();
  }
  if (all) drive(all.get(), end, cancel_);
  const bool is_cancelled = cancel_ != nullptr && cancel_->requested();
  for (std::size_t at = 0; at < endpoints.size(); ++at) {
    if (out[at].error) continue;
    if (is_cancelled && tries[at].code == CURLE_OPERATION_TIMEDOUT) tries[at].code = CURLE_ABORTED_BY_CALLBACK;
    out[at] = judge(tries[at], endpoints[at], end);
    curl_multi_remove_handle(all.get(), tries[at].handle.get());
  }
  return out;
}

}  // namespace cosigner::host
