#include "kit/fake_network.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/text.hpp"

namespace cosigner::kit {
namespace {

std::string host_of(const std::string& url) {
  const std::size_t start = url.find("://");
  if (start == std::string::npos) return {};
  const std::string rest = url.substr(start + 3);
  return rest.substr(0, rest.find_first_of("/?:"));
}

bool is_address(const std::string& host) { return !host.empty() && host.find_first_not_of("0123456789.") == std::string::npos; }

Error unresolved(const std::string& host) {
  return make_error("network.name_unresolved", "the name " + host + " has no address", "Check the name servers in /etc/resolv.conf.");
}

Error refused(const std::string& where) {
  return make_error("network.refused", where + " refused the connection", "Check the address and the firewall.");
}

Result<host::HttpResponse> answer_of(MachineModel& model, const host::HttpRequest& request) {
  model.traffic.push_back("http " + request.method + " " + request.url);
  if (request.url.rfind("https://", 0) != 0 && !host::is_instance_service(request.url))
    return make_error("network.scheme_refused", "only https is spoken, not " + request.url, "Use an https URL.");
  const std::string host = host_of(request.url);
  if (!is_address(host) && model.addresses.count(host) == 0) return unresolved(host);
  const auto found = model.web.find(request.url.substr(0, request.url.find('?')));
  if (found != model.web.end()) {
    const auto handler = found->second;  // a handler may replace itself
    return handler(model, request);
  }
  const bool serves = std::any_of(model.web.begin(), model.web.end(), [&](const auto& page) { return host_of(page.first) == host; });
  if (!serves) return refused(host);
  host::HttpResponse missing;
  missing.status = 404;
  return missing;
}

Error too_large(const std::string& url) {
  return make_error("network.answer_too_large", "the answer of " + url + " is larger than allowed", "");
}

}  // namespace

Result<std::vector<std::string>> FakeNetwork::resolve(const std::string& host) const {
  model_.traffic.push_back("resolve " + host);
  if (is_address(host)) return std::vector<std::string>{host};
  const auto found = model_.addresses.find(host);
  if (found == model_.addresses.end()) return unresolved(host);
  return found->second;
}

Result<host::HttpResponse> FakeNetwork::request(const host::HttpRequest& request) const {
  host::HttpResponse response = TRY(answer_of(model_, request));
  if (response.body.size() > request.body_limit) return too_large(request.url);
  return response;
}

std::vector<host::Reached> FakeNetwork::reach(const std::vector<host::Endpoint>& endpoints, std::chrono::seconds) const {
  std::vector<host::Reached> out;
  for (const host::Endpoint& endpoint : endpoints) {
    const std::string where = endpoint.host + ":" + std::to_string(endpoint.port);
    model_.traffic.push_back("reach " + where);
    host::Reached& reached = out.emplace_back();
    const auto broken = model_.unreachable.find(where);
    const auto named = model_.addresses.find(endpoint.host);
    if (broken != model_.unreachable.end())
      reached.error = broken->second;
    else if (named != model_.addresses.end())
      reached.addresses = named->second;
    else if (!is_address(endpoint.host))
      reached.error = unresolved(endpoint.host);
    reached.asked = model_.now;
    reached.answered = model_.now + model_.answer_takes;
    if (!reached.error) reached.server_time = model_.server_time;
  }
  return out;
}

Result<host::ServedCertificates> FakeNetwork::served_certificates(const std::string& host, int port, std::chrono::seconds) const {
  const std::string where = host + ":" + std::to_string(port);
  model_.traffic.push_back("tls " + where);
  const auto found = model_.served.find(where);
  if (found != model_.served.end()) return found->second;
  if (!is_address(host) && model_.addresses.count(host) == 0) return unresolved(host);
  return refused(where);
}

Result<std::string> FakeNetwork::exchange(const Path& socket, std::string_view message, std::size_t limit, std::chrono::seconds) const {
  model_.traffic.push_back("socket " + socket.text());
  const auto found = model_.sockets.find(socket.text());
  if (found == model_.sockets.end())
    return make_error("network.unreachable", "there is no socket " + socket.text(), "Check that the service behind it runs.");
  const auto handler = found->second;
  std::string answer = handler(model_, message);
  if (answer.size() > limit) answer.resize(limit);
  return answer;
}

Status FakeNetwork::download(const host::HttpRequest& request, const Path& target, const std::optional<std::string>& sha256_hex_wanted,
                             std::uint64_t size_limit, const host::ProgressSink& progress) {
  return log_.write<void>("network.download", target.text(), [&]() -> Status {
    const host::HttpResponse response = TRY(answer_of(model_, request));
    if (response.status != 200 && response.status != 206)
      return make_error("network.download_refused", request.url + " answered with status " + std::to_string(response.status), "");
    if (response.body.size() > size_limit) return too_large(request.url);
    if (sha256_hex_wanted && sha256_hex(response.body) != *sha256_hex_wanted)
      return make_error("network.digest_mismatch", "what came from " + request.url + " has another SHA-256 than asked for", "");
    const std::uint64_t total = response.body.size();
    for (std::uint64_t part = 1; part <= 4 && progress; ++part) progress({"downloading", total * part / 4, total, {}});
    model_.entries[target.text()] = {host::FileKind::regular, {{0600}, {0, 0}}, response.body, model_.now};
    return {};
  });
}

}  // namespace cosigner::kit
