#include "installer/stages/collateral_source.hpp"

#include "attest/collateral_cache.hpp"
#include "installer/stages/aesm_talk.hpp"
#include "installer/stages/catalog.hpp"
#include "installer/stages/download_request.hpp"
#include "sgx/qcnl.hpp"

namespace cosigner::stages {
namespace {

Result<attest::CollateralService> service_of(const host::HostView& host, const profile::Settings& settings) {
  std::string address = settings.profile.quote_provider.intel_pcs_url;
  attest::Update update = attest::Update::standard;
  if (const auto text = TRY(host.files().read(qcnl_path))) {
    const sgx::QcnlSettings provider = sgx::read_qcnl(*text);
    address = provider.collateral_service.empty() ? provider.pccs_url : provider.collateral_service;
    if (provider.tcb_update_type == "early") update = attest::Update::early;
  }
  auto service = attest::service_at(address);
  if (!service)
    return make_error("attest.service_unknown",
                      "the quote provider's configuration names no https address of a certificate service",
                      "Correct sgx.quoteProvider or sgx.pccsUrl in the answers and run `cosigner setup`.");
  service->update = update;
  return *service;
}

attest::CollateralAccess access_of(host::Host& host, const engine::StageContext& context, const attest::CollateralAnswers* kept) {
  return {host.network(), [&host, &context](const std::string& url) { return download_request(url, host, context); },
          [&host](std::chrono::seconds wait) { return host.wait().sleep(wait); }, kept};
}

}  // namespace

Result<attest::TrustRoot> root_of(const profile::Settings& settings) {
  return attest::intel_or_custom_root(settings.profile.enclave.root_ca_pem).within("rootCa of the profile");
}

Result<attest::FetchedCollateral> collateral_of_machine(host::Host& host, const engine::StageContext& context,
                                                        const std::string& quote, KeptAnswers kept) {
  const attest::TrustRoot root = TRY(root_of(context.settings));
  const attest::CollateralService service = TRY(service_of(host, context.settings));
  attest::CollateralAnswers before;
  if (kept == KeptAnswers::may_be_used) before = attest::read_cache(host.files());
  return attest::fetch_collateral(access_of(host, context, &before), service, quote, root);
}

Result<attest::FetchedCollateral> collateral_bundle(host::Host& host, const engine::StageContext& context,
                                                    const std::string& quote) {
  return collateral_of_machine(host, context, quote, KeptAnswers::are_left_alone);
}

Result<attest::FetchedCollateral> qe_identity_of_machine(host::Host& host, const engine::StageContext& context) {
  return attest::fetch_qe_identity(access_of(host, context, nullptr), TRY(service_of(host, context.settings)));
}

}  // namespace cosigner::stages
