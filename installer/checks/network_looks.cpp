// Whether the servers of egress_rows answer; declared in egress.hpp.
#include <algorithm>

#include "base/text.hpp"
#include "installer/checks/egress.hpp"
#include "installer/checks/observing.hpp"
#include "installer/checks/texts.hpp"

namespace cosigner::checks {
namespace {

constexpr std::chrono::seconds deadline{
    6};  // of all servers together; an emulated machine needs two for its first TLS connection
constexpr std::chrono::seconds largest_difference{2};  // both sides count whole seconds

std::optional<host::ProxySettings> proxy_for(const profile::Settings& settings, const EgressRow& row) {
  if (settings.answers.proxy_url.empty() || row.check == "net.proxy") return std::nullopt;
  const auto& direct = settings.answers.no_proxy;
  if (std::find(direct.begin(), direct.end(), row.host) != direct.end()) return std::nullopt;
  host::ProxySettings proxy;
  proxy.url = settings.answers.proxy_url;
  proxy.no_proxy = direct;
  return proxy;  // without its login: a check opens no secret
}

struct Tried {
  EgressRow row;
  host::Reached reached;
};

/// All at once, so that each look of a run asks the same question and a remembering host answers it.
std::vector<Tried> try_all(const host::HostView& host, const profile::Settings& settings) {
  std::vector<Tried> out;
  std::vector<host::Endpoint> endpoints;
  for (auto& row : egress_rows(host, settings)) {
    if (row.check.empty()) continue;
    host::Endpoint endpoint{row.host, row.port, row.tls, proxy_for(settings, row), std::nullopt};
    if (!settings.answers.extra_ca.text.empty()) endpoint.extra_ca_pem = settings.answers.extra_ca.text;
    endpoints.push_back(std::move(endpoint));
    out.push_back({std::move(row), {}});
  }
  auto reached = host.network().reach(endpoints, deadline);
  for (std::size_t at = 0; at < out.size() && at < reached.size(); ++at) out[at].reached = std::move(reached[at]);
  return out;
}

/// Which of name, way, firewall, proxy, interception or clock is to blame.
std::string remedy_of(const Error& error, const std::string& where) {
  if (error.code == "network.name_unresolved") return remedy("network_name", where);
  if (error.code == "network.refused") return remedy("network_refused", where);
  if (error.code == "network.timed_out") return remedy("network_open", where);
  if (error.code == "network.proxy_failed") return remedy("network_proxy");
  if (error.code == "network.tls_untrusted") return remedy("proxy_exception", where);
  if (error.code == "network.ca_bundle_missing") return remedy("install_packages", "ca-certificates");
  return remedy("network_open", where);
}

Rows rows_of(const std::string& check, const Error& error) {
  if (check == "net.sgx_packages") return error.code == "network.tls_untrusted" ? Rows{"C7", "C13"} : Rows{"C7"};
  if (check == "net.quote_provider") return error.code == "network.tls_untrusted" ? Rows{"E5"} : Rows{"E4"};
  return {};
}

}  // namespace

Observation look_at_egress(const std::string& check, const host::HostView& host, const profile::Settings& settings) {
  std::vector<std::string> good;
  for (const Tried& tried : try_all(host, settings)) {
    if (tried.row.check != check) continue;
    const std::string where = safe(tried.row.host, 100) + ":" + std::to_string(tried.row.port);
    const auto& error = tried.reached.error;
    if (!error) {
      good.push_back(where);
      continue;
    }
    const std::string evidence = where + " cannot be reached: " + error->message;
    const auto rows = rows_of(check, *error);
    if (tried.row.when == "optional") return warned(evidence, remedy_of(*error, where), rows);
    return failed(evidence, remedy_of(*error, where), rows);
  }
  if (good.empty()) return not_needed("not needed with this profile and these answers");
  return passed(joined(good, ", "));
}

std::optional<Error> trouble_reaching(const std::string& check, const host::HostView& host, const profile::Settings& settings) {
  for (const Tried& tried : try_all(host, settings)) {
    if (tried.row.check == check && tried.reached.error) return tried.reached.error;
  }
  return std::nullopt;
}

namespace {

/// By how many seconds a server's clock is outside the span in which it was asked; a slow answer is no wrong clock.
std::chrono::seconds difference_of(const host::Reached& reached) {
  if (*reached.server_time > reached.answered) return *reached.server_time - reached.answered;
  if (*reached.server_time < reached.asked) return reached.asked - *reached.server_time;
  return std::chrono::seconds(0);
}

}  // namespace

Observation look_at_server_clock(const host::HostView& host, const profile::Settings& settings) {
  std::size_t asked = 0, wrong = 0;
  std::chrono::seconds worst{0};
  for (const Tried& tried : try_all(host, settings)) {
    if (!tried.reached.server_time) continue;
    ++asked;
    const auto difference = difference_of(tried.reached);
    if (difference <= largest_difference) continue;
    ++wrong;
    worst = std::max(worst, difference);
  }
  if (asked == 0) return unknown("no server said what time it is");
  if (wrong * 2 <= asked)
    return passed(counted(static_cast<long long>(asked), "server") + " agree with this machine's clock within seconds");
  return failed(
      "the clock differs by " + std::to_string(worst.count()) + " s from that of " + counted(static_cast<long long>(wrong), "server"),
      remedy("clock_set"), {"E30"});
}

}  // namespace cosigner::checks
