// `attest host`: what this machine needs to quote, looked at from outside of an enclave. A report, which is what a quote vouches
// for, only an enclave can make; that part is `attest cosigner`.
#include "attest/host_identity.hpp"
#include "attest/host_report.hpp"
#include "attest/kept_evidence.hpp"
#include "base/encoding.hpp"
#include "installer/stages/aesm_talk.hpp"
#include "installer/stages/catalog.hpp"
#include "installer/stages/collateral_source.hpp"
#include "sgx/qcnl.hpp"

namespace cosigner::stages {
namespace {

using attest::HostStep;
using attest::StepResult;

HostStep step_of(std::string id, std::string title, const Result<std::string>& seen) {
  if (seen.ok()) return {std::move(id), std::move(title), StepResult::pass, *seen, {}, {}};
  return {std::move(id), std::move(title), StepResult::fail, seen.error().message, seen.error().code, seen.error().remedy};
}

Result<std::string> daemon_keys(const host::HostView& host, const std::string& socket) {
  const DaemonAnswer answer = TRY(ask_daemon(host.network(), socket));
  return std::to_string(answer.key_count) + (answer.key_count == 1 ? " key" : " keys") + ", one of them for ECDSA P-256";
}

Result<std::string> daemon_readiness(const host::HostView& host, const std::string& socket) {
  TRY(ask_init_quote(host.network(), socket));
  return std::string("InitQuoteEx succeeds");
}

Result<std::string> provider(const host::HostView& host) {
  const auto text = TRY(host.files().read(qcnl_path));
  if (!text) return make_error("sgx.provider_absent", qcnl_path.text() + " is not there", "Run `cosigner setup`.");
  const sgx::QcnlSettings settings = sgx::read_qcnl(*text);
  if (settings.syntax == sgx::QcnlSyntax::broken)
    return make_error("sgx.provider_broken", qcnl_path.text() + " does not read, so that the provider asks " + settings.pccs_url,
                      "Run `cosigner setup`.");
  const std::string& collateral = settings.collateral_service;
  return "certificates from " + settings.pccs_url + (collateral.empty() ? "" : ", collateral from " + collateral);
}

Result<std::string> identity(host::Host& host, const engine::StageContext& context) {
  const attest::TrustRoot root = TRY(root_of(context.settings));
  const auto fetched = TRY(qe_identity_of_machine(host, context));
  const auto genuine = TRY(attest::authentic_qe_identity(fetched.texts, root, host.clock().now()));
  return "genuine to " + std::string(root.is_custom ? "a CUSTOM ROOT" : "Intel's root") + ", newest version " +
         std::to_string(genuine.identity.levels.front().isvsvn) + ", valid until " + to_iso(genuine.window.until);
}

/// The retrieval service hands certificates out to quoting enclaves; what one of them got is in the quote that is kept.
HostStep certificate(const host::HostView& host, const profile::Settings& settings) {
  const std::string id = "pck.certificate", title = "the platform's PCK certificate";
  const auto quote = host.files().read(attest::evidence_directory / "quote.bin");
  if (quote.ok() && !*quote)
    return {id, title, StepResult::skip, "no quote is kept; it comes with the first one, by cosigner setup in mode quote",
            {}, {}};
  const auto judged = [&]() -> Result<std::string> {
    const std::string bytes = TRY(quote).value();
    const auto pck = TRY(attest::authentic_pck_of(bytes, TRY(root_of(settings)), host.clock().now()));
    return "genuine, of the " + std::string(name_of(pck.ca)) + " CA, FMSPC " + to_hex(pck.leaf.platform.fmspc) + ", until " +
           to_iso(pck.leaf.certificate.not_after);
  };
  return step_of(id, title, judged());
}

}  // namespace

attest::HostReport look_at_quoting(host::Host& host, const engine::StageContext& context) {
  const std::string& socket = context.settings.profile.aesm_socket;
  attest::HostReport out;
  out.at = host.clock().now();
  out.steps.push_back(step_of("aesm.keys", "the service daemon (AESM) offers attestation keys", daemon_keys(host, socket)));
  out.steps.push_back(step_of("aesm.init", "it is ready to quote", daemon_readiness(host, socket)));
  out.steps.push_back(step_of("provider", "the quote provider is configured", provider(host)));
  out.steps.push_back(step_of("qe.identity", "the quoting enclave's identity", identity(host, context)));
  out.steps.push_back(certificate(host, context.settings));
  out.steps.push_back({"report",
                       "a report to be quoted",
                       StepResult::skip,
                       "only an enclave can make one, and this program has none: cosigner attest cosigner asks the co-signer's",
                       {},
                       {}});
  return out;
}

}  // namespace cosigner::stages
