#include "installer/stages/quoted_verdict.hpp"

#include <algorithm>

#include "attest/advice.hpp"
#include "attest/collateral_cache.hpp"
#include "attest/kept_evidence.hpp"
#include "attest/policy_json.hpp"
#include "attest/verify.hpp"
#include "base/crypto.hpp"
#include "installer/stages/catalog.hpp"
#include "installer/stages/collateral_source.hpp"
#include "installer/stages/cosigner_container.hpp"
#include "installer/stages/one_shot.hpp"
#include "installer/stages/quote_policy.hpp"
#include "pairing/outcome.hpp"
#include "state/journal.hpp"

namespace cosigner::stages {
namespace {

constexpr std::size_t nonce_size = 32;
constexpr std::chrono::seconds answer_limit{180};  // the quote provider may have to fetch the platform's certificate first

Error no_answer(const std::string& flag, const std::string& how, const Untrusted& log) {
  const std::string line = pairing::last_trouble(log);
  return make_error("attest.quote_missing",
                    "the co-signer did not answer " + flag + " (" + how + ")" + (line.empty() ? "" : ". Its log says: " + line),
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
    return no_answer(arguments.front(),
                     end.exit_code ? "exit status " + std::to_string(*end.exit_code) : "it did not end in time", end.log);
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

/// What cannot be later than now (threats N4): the newest date that a verified signature vouches for, and what this program did
/// here.
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

bool is_replayed(const host::FilesView& files, const attest::AskedQuote& asked) {
  return attest::answers_kept_question(files, attest::evidence_directory, asked) ||
         attest::answers_kept_question(files, refused_evidence, asked);
}

/// What was verified and accepted, as the ledger keeps it.
engine::Remembered to_remember(const attest::Evidence& evidence, const attest::Policy& policy) {
  const attest::Attestation& attestation = evidence.attestation;
  const attest::Verified& verified = *attestation.verified;
  const attest::PolicySubject subject{attestation.at, verified.evaluation, verified.platform, nullptr, nullptr};
  return {{"attestation.mode", "quote"},
          {"attestation.by", "this_program"},
          {"attestation.platform_id", platform_id(verified.platform)},
          {"attestation.public_key", sha256_hex(evidence.asked.public_key)},
          {"attestation.isvsvn", std::to_string(verified.sgx->isvsvn)},
          {"attestation.tcb_status", std::string(name_of(verified.evaluation.status))},
          {"attestation.grace_until", policy.grace ? to_iso(policy.grace->until) : ""},
          {"attestation.at", to_iso(attestation.at)},
          {"attestation.valid_until", to_iso(good_until(policy, subject, verified.window.until))}};
}

/// For the next time: answers for a day when the service is away, and how new they are.
Status keep_collateral(host::Host& host, const attest::Evidence& evidence) {
  TRY(attest::keep_cache(host.change_files(), evidence.answers));
  const attest::Marks seen = TRY(attest::read_memory(host.files()));
  return attest::keep_memory(host.change_files(), merged(seen, evidence.attestation.verified->marks));
}

}  // namespace

Result<attest::Evidence> gather_evidence(host::Host& host, const engine::StageContext& context, const std::string& image_id,
                                         const std::string& nonce, const host::ProgressSink& progress) {
  const attest::TrustRoot root = TRY(root_of(context.settings));
  const attest::Marks seen = TRY(attest::read_memory(host.files()));
  attest::Evidence out;
  out.policy_text = TRY(policy_in_force(host, context));
  const attest::Policy policy = TRY(attest::read_policy(out.policy_text));
  out.asked =
      TRY(attest::ask_for_quote(Asking(host, context, image_id, progress), context.settings.profile.cosigner.quote_flag, nonce));
  auto fetched = TRY(collateral_of_machine(host, context, out.asked.quote, KeptAnswers::may_be_used));
  out.collateral = std::move(fetched.texts);
  out.answers = std::move(fetched.answers);
  out.from_kept = std::move(fetched.from_kept);
  const attest::Question question{host.clock().now(),
                                  root,
                                  policy,
                                  attest::bound_report_data(nonce, out.asked.public_key),
                                  pinned_platform(context),
                                  clock_floor(seen, context.ledger),
                                  &seen};
  out.attestation = attest::verify(out.asked.quote, out.collateral, question);
  if (out.attestation.refusal == attest::Refusal::binding_mismatch && is_replayed(host.files(), out.asked))
    out.attestation.refusal_rule = "the quote answers an earlier question of this program's: it is replayed";
  return out;
}

Result<attest::Evidence> evidence_of_running_cosigner(host::Host& host, const engine::StageContext& context,
                                                      const std::string& nonce) {
  TRY(wanted_policy(host, context));
  const auto main = TRY(find_container(host, context.settings.profile.cosigner.container_name));
  if (main && main->running) return gather_evidence(host, context, main->spec.image_id, nonce, {});
  return make_error("service.not_running", "the co-signer does not run, so nobody can be asked", "Run `cosigner start`.");
}

Result<engine::Remembered> give_quoted_verdict(host::Host& host, const engine::StageContext& context, const std::string& image_id,
                                               const host::ProgressSink& progress) {
  const std::string wanted = TRY(wanted_policy(host, context));
  const std::string machine = TRY(state::machine_identity(host));
  const attest::Evidence evidence = TRY(gather_evidence(host, context, image_id, TRY(random_bytes(nonce_size)), progress));
  const bool good = evidence.attestation.is_accepted();
  TRY(attest::keep_files(host.change_files(), good ? attest::evidence_directory : refused_evidence, attest::to_files(evidence)));
  if (!good) return attest::to_error(evidence.attestation);
  TRY(keep_collateral(host, evidence));
  engine::Remembered out = to_remember(evidence, TRY(attest::read_policy(evidence.policy_text)));
  out["attestation.image"] = image_id;
  out["attestation.platform"] = machine;
  out["attestation.policy"] = sha256_hex(wanted);
  return out;
}

std::string running_public_key(const host::HostView& host, const profile::Settings& settings) {
  const profile::CosignerContract& contract = settings.profile.cosigner;
  const auto main = find_container(host, contract.container_name);
  if (!main.ok() || !*main || !(*main)->running) return {};
  const auto output = host.containers().ask(contract.container_name, {program_path(settings), "--print-pubkey"},
                                            contract.service_user, answer_limit);
  if (!output.ok()) return {};
  const auto key = attest::find_public_key(output->out.raw());
  return key.ok() ? sha256_hex(*key) : std::string();
}

}  // namespace cosigner::stages
