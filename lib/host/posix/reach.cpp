// Whether servers can be reached from here: name, connection, TLS. All at once, each in a thread with a handle of its own.
#include <algorithm>
#include <string_view>
#include <thread>

#include "base/untrusted.hpp"
#include "host/posix/curl_errors.hpp"
#include "host/posix/curl_handle.hpp"
#include "host/posix/curl_network.hpp"
#include "host/posix/curl_session.hpp"
#include "host/posix/name_resolver.hpp"

namespace cosigner::host {
namespace {

constexpr std::size_t most_at_once = 32;

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
  if (time > 0) static_cast<Reached*>(user)->server_time = Time(std::chrono::seconds(time));
  return size * count;
}

std::size_t drop(char*, std::size_t size, std::size_t count, void*) { return size * count; }

Status set_up(CURL* handle, const Endpoint& endpoint, const std::string& url, std::chrono::seconds limit, Reached& out) {
  set_rules(handle, url, endpoint.proxy);
  HttpRequest trust;
  trust.extra_ca_pem = endpoint.extra_ca_pem;
  if (endpoint.tls)
    TRY(set_trust(handle, trust));
  else
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT, static_cast<long>(limit.count()));
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &keep_date);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &out);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &drop);
  return {};
}

/// HEAD, so that the server's clock is seen too. An answer of any status is reached; so is a server that ends the connection
/// after TLS.
Status ask(const Endpoint& endpoint, std::chrono::seconds limit, Reached& out) {
  const EasyHandle handle = open_handle();
  if (!handle) return no_libcurl();
  const std::string url = url_of(endpoint);
  TRY(set_up(handle.get(), endpoint, url, limit, out));
  const CURLcode code = curl_easy_perform(handle.get());
  if (code == CURLE_OK || code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR) return {};
  FailedTransfer failed = facts_of(handle.get(), code, url, endpoint.proxy);
  if (code == CURLE_PEER_FAILED_VERIFICATION) {
    const auto chain = look_at_chain(url, endpoint.proxy, limit);
    if (chain && !chain->empty()) failed.issuer = shown(Untrusted(chain->front().issuer), 120);
  }
  return describe_failure(failed);
}

Status look(const Endpoint& endpoint, std::chrono::seconds limit, const CancelToken* cancel, Reached& out) {
  if (!endpoint.proxy) out.addresses = TRY(resolve_name(endpoint.host, limit, cancel));
  return ask(endpoint, limit, out);
}

}  // namespace

std::vector<Reached> CurlNetwork::reach(const std::vector<Endpoint>& endpoints, std::chrono::seconds limit) const {
  std::vector<Reached> out(endpoints.size());
  open_handle();  // libcurl is started before there is more than one thread
  const auto one = [&](std::size_t at) {
    if (auto looked = look(endpoints[at], limit, cancel_, out[at]); !looked.ok()) out[at].error = std::move(looked).error();
  };
  for (std::size_t begin = 0; begin < endpoints.size(); begin += most_at_once) {
    std::vector<std::thread> threads;
    const std::size_t end = std::min(endpoints.size(), begin + most_at_once);
    for (std::size_t at = begin; at < end; ++at) threads.emplace_back(one, at);
    for (std::thread& thread : threads) thread.join();
  }
  return out;
}

}  // namespace cosigner::host
