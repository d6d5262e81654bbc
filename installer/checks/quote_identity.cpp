// Whether what the quote provider hands out about Intel's quoting enclave is Intel's word; declared in quote_provider.hpp.
#include "attest/collateral_client.hpp"
#include "attest/host_identity.hpp"
#include "apt/source_file.hpp"
#include "base/text.hpp"
#include "installer/checks/observing.hpp"
#include "installer/checks/quote_provider.hpp"
#include "installer/checks/texts.hpp"
#include "sgx/qcnl_report.hpp"

namespace cosigner::checks {
namespace {

constexpr std::chrono::seconds patience{3};  // for the identity, and again for the root's revocation list

/// Without the proxy's login: a check opens no secret.
host::HttpRequest request_of(const std::string& url, const profile::Settings& settings) {
  host::HttpRequest request;
  request.url = url;
  request.timeout = patience;
  if (!settings.answers.extra_ca.text.empty()) request.extra_ca_pem = settings.answers.extra_ca.text;
  if (!settings.answers.proxy_url.empty()) {
    request.proxy.emplace();
    request.proxy->url = settings.answers.proxy_url;
    request.proxy->no_proxy = settings.answers.no_proxy;
  }
  return request;
}

/// A service that cannot be reached or is busy says nothing about its identity.
bool is_about_the_way(const Error& error) {
  return error.retryable || error.code.rfind("network.", 0) == 0 || error.code.rfind("capture.", 0) == 0;
}

}  // namespace

Observation look_at_qe_identity(const host::HostView& host, const profile::Settings& settings) {
  const auto text = host.files().read("/etc/sgx_default_qcnl.conf", 64 * 1024);
  const auto seen = sgx::read_qcnl(text && *text ? **text : std::string());
  const std::string address = seen.collateral_service.empty() ? seen.pccs_url : seen.collateral_service;
  const auto service = attest::service_at(address);
  if (!service) return unknown("the settings name no https address of a certificate service");
  const auto root = attest::intel_or_custom_root(settings.profile.enclave.root_ca_pem);
  if (!root) return unknown("rootCa of the profile: " + root.error().message);
  const attest::CollateralAccess access{host.network(), [&](const std::string& url) { return Result<host::HttpRequest>(request_of(url, settings)); }, {}, nullptr};
  const std::string name = safe(apt::host_of(address));
  const auto fetched = attest::fetch_qe_identity(access, *service);
  if (!fetched && is_about_the_way(fetched.error())) return unknown(fetched.error().message);
  if (!fetched) return failed(name + ": " + fetched.error().message, remedy("qe_identity"));
  const auto genuine = attest::authentic_qe_identity(fetched->texts, *root, host.clock().now());
  if (!genuine) return failed(name + " hands out a QE identity that is not good: " + genuine.error().message, remedy("qe_identity"));
  return passed("genuine to " + std::string(root->is_custom ? "the profile's OWN ROOT" : "Intel's root") + ", newest version " +
                std::to_string(genuine->identity.levels.front().isvsvn) + ", valid until " + to_people_time(genuine->window.until));
}

}  // namespace cosigner::checks
