#include "installer/stages/quoted_verdict.hpp"

#include <algorithm>

#include "attest/advice.hpp"
#include "attest/collateral_client.hpp"
#include "attest/expectations.hpp"
#include "attest/kept_evidence.hpp"
#include "attest/policy_json.hpp"
#include "attest/verify.hpp"
#include "base/crypto.hpp"
#include "installer/stages/cosigner_container.hpp"
#include "installer/stages/download_request.hpp"
#include "installer/stages/one_shot.hpp"
#include "pairing/outcome.hpp"
#include "sgx/qcnl.hpp"
#include "state/journal.hpp"

namespace cosigner::stages {
namespace {

constexpr std::size_t nonce_size = 32;
constexpr std::chrono::seconds answer_limit{180};  // the quote provider may have to fetch the platform's certificate first
const Path provider_file{"/etc/sgx_default_qcnl.conf"};

attest::ExpectedEnclave expected(const profile::Settings& settings) {
  const profile::EnclaveExpectations& enclave = settings.profile.enclave;
  return {enclave.mrsigner, enclave.mrenclave, enclave.product_id, enclave.min_svn};
}

Result<attest::TrustRoot> root_of(const profile::Settings& settings) {
  const std::string& own = settings.profile.enclave.root_ca_pem;
  if (own.empty()) return attest::intel_root();
  return attest::custom_root(own).within("rootCa of the profile");
}

Error no_answer(const std::string& flag, const std::string& how, const Untrusted& log) {
  const std::string line = pairing::last_trouble(log);
  return make_error("attest.quote_missing", "the co-signer did not answer " + flag + " (" + how + ")" + (line.empty() ? "" : ". Its log says: " + line),
                    "Mend the cause; an image without that flag cannot be used with attestation mode \"quote\".");
}

/// The running co-signer is asked; otherwise its executable is run once, as for pairing.
class Asking {
 public:
  Asking(host::Host& host, const engine::StageContext& context, const std::string& image_id, const host::ProgressSink& progress)
      : host_(host), context_(context), image_id_(image_id), progress_(progress) {}

  Result<Untrusted> operator()(const std::vector<std::string>& arguments) const {
    const profile::CosignerContract& contract = context_.settings.profile.cosigner;
    const auto main = TRY(find_container(host_, contract.container_name));
    if (main && main->running && main->spec.image_id == image_id_) return ask_running(arguments);
    OneShot job{arguments.front(), Secret(), "asking the co-signer for its quote", {}};
    job.arguments.assign(arguments.begin() + 1, arguments.end());
    const OneShotEnd end = TRY(run_one_shot(host_, context_, image_id_, job, progress_));
    if (end.exit_code == 0) return end.log;
    return no_answer(arguments.front(), end.exit_code ? "exit status " + std::to_string(*end.exit_code) : "it did not end in time", end.log);
  }

 private:
  Result<Untrusted> ask_running(const std::vector<std::string>& arguments) const {
    const profile::CosignerContract& contract = context_.settings.profile.cosigner;
    std::vector<std::string> argv = {program_path(context_.settings)};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    const auto output = TRY(host_.containers().ask(contract.container_name, argv, contract.service_user, answer_limit));
    if (output.exit_code == 0) return output.out;
    return no_answer(arguments.front(), "exit status " + std::to_string(output.exit_code), output.err);
  }

  host::Host& host_;
  const engine::StageContext& context_;
  const std::string& image_id_;
  const host::ProgressSink& progress_;
};

/// The one that the machine's quote provider is set to: clouds name a service of their own for collateral.
Result<attest::CollateralService> service_of(const host::HostView& host, const profile::Settings& settings) {
  std::string address = settings.profile.quote_provider.intel_pcs_url;
  if (const auto text = TRY(host.files().read(provider_file))) {
    const sgx::QcnlSettings provider = sgx::read_qcnl(*text);
    address = provider.collateral_service.empty() ? provider.pccs_url : provider.collateral_service;
  }
  const auto service = attest::service_at(address);
  if (!service)
    return make_error("attest.service_unknown", "the quote provider's configuration names no https address of a certificate service",
                      "Correct sgx.quoteProvider or sgx.pccsUrl in the answers and run `cosigner setup`.");
  return *service;
}

/// What cannot be later than now (threats N4): the newest date that a verified signature vouches for, and what this program did here.
Time clock_floor(const attest::Marks& seen, const state::Ledger& ledger) {
  Time floor = attest::newest_signed_date(seen);
  for (const auto& [name, entry] : ledger.entries) floor = std::max(floor, entry.at);
  return floor;
}

std::optional<std::string> pinned_platform(const engine::StageContext& context) {
  const std::string pinned = context.ledger.value("attestation.platform_id");
  if (pinned.empty() || context.settings.new_platform) return std::nullopt;
  return pinned;
}

engine::Remembered to_remember(const attest::Attestation& attestation, const std::string& public_key, const std::string& image_id,
                               const std::string& machine) {
  const attest::Verified& verified = *attestation.verified;
  return {{"attestation.mode", "quote"},
          {"attestation.by", "this_program"},
          {"attestation.image", image_id},
          {"attestation.platform", machine},
          {"attestation.platform_id", platform_id(verified.platform)},
          {"attestation.public_key", sha256_hex(public_key)},
          {"attestation.tcb_status", std::string(name_of(verified.evaluation.status))},
          {"attestation.at", to_iso(attestation.at)},
          {"attestation.valid_until", to_iso(verified.window.until)}};
}

}  // namespace

Status check_expectation(const profile::Settings& settings) { return attest::check_expected(expected(settings)); }

Result<attest::CollateralTexts> collateral_of_machine(host::Host& host, const engine::StageContext& context, const std::string& quote) {
  const attest::TrustRoot root = TRY(root_of(context.settings));
  const attest::CollateralAccess access{host.network(), [&](const std::string& url) { return download_request(url, host, context); },
                                        [&](std::chrono::seconds wait) { return host.wait().sleep(wait); }};
  return attest::fetch_collateral(access, TRY(service_of(host, context.settings)), quote, root);
}

Result<attest::Evidence> gather_evidence(host::Host& host, const engine::StageContext& context, const std::string& image_id, const std::string& nonce,
                                         const host::ProgressSink& progress) {
  const attest::TrustRoot root = TRY(root_of(context.settings));
  const attest::Marks seen = TRY(attest::read_memory(host.files()));
  attest::Evidence out;
  out.policy_text = attest::to_policy_text(expected(context.settings), "setup");
  const attest::Policy policy = TRY(attest::read_policy(out.policy_text));
  out.asked = TRY(attest::ask_for_quote(Asking(host, context, image_id, progress), nonce));
  out.collateral = TRY(collateral_of_machine(host, context, out.asked.quote));
  const attest::Question question{host.clock().now(), root, policy, attest::bound_report_data(nonce, out.asked.public_key), pinned_platform(context),
                                  clock_floor(seen, context.ledger), &seen};
  out.attestation = attest::verify(out.asked.quote, out.collateral, question);
  return out;
}

Result<engine::Remembered> give_quoted_verdict(host::Host& host, const engine::StageContext& context, const std::string& image_id,
                                               const host::ProgressSink& progress) {
  TRY(check_expectation(context.settings));
  const std::string machine = TRY(state::machine_identity(host));
  const attest::Evidence evidence = TRY(gather_evidence(host, context, image_id, TRY(random_bytes(nonce_size)), progress));
  const attest::Attestation& attestation = evidence.attestation;
  const bool good = attestation.is_accepted();
  TRY(attest::keep_files(host.change_files(), good ? attest::evidence_directory : refused_evidence, attest::to_files(evidence)));
  if (!good) return attest::to_error(attestation);
  const attest::Marks seen = TRY(attest::read_memory(host.files()));
  TRY(attest::keep_memory(host.change_files(), merged(seen, attestation.verified->marks)));
  return to_remember(attestation, evidence.asked.public_key, image_id, machine);
}

std::string running_public_key(const host::HostView& host, const profile::Settings& settings) {
  const profile::CosignerContract& contract = settings.profile.cosigner;
  const auto main = find_container(host, contract.container_name);
  if (!main.ok() || !*main || !(*main)->running) return {};
  const auto output = host.containers().ask(contract.container_name, {program_path(settings), "--print-pubkey"}, contract.service_user, answer_limit);
  if (!output.ok()) return {};
  const auto key = attest::find_public_key(output->out.raw());
  return key.ok() ? sha256_hex(*key) : std::string();
}

}  // namespace cosigner::stages
