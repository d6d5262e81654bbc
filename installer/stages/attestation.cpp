#include "installer/stages/attestation.hpp"

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "installer/stages/callback_wish.hpp"
#include "installer/stages/cosigner_container.hpp"
#include "installer/stages/one_shot.hpp"
#include "installer/stages/quote_policy.hpp"
#include "installer/stages/quoted_verdict.hpp"
#include "state/journal.hpp"

namespace cosigner::stages {
namespace {

constexpr std::size_t log_limit = 8 * 1024 * 1024;  // the service rotates its log at about 4 MB (facts 13)

report::Finding finding(report::Outcome outcome, std::string evidence, std::string remedy = {}) {
  return {"attestation.verdict", "the enclave is attested", outcome, std::move(evidence), std::move(remedy), {}, {}};
}

LogSays last_word(std::string_view log) {
  LogSays says = LogSays::nothing;
  for (const std::string_view line : lines_of(log)) {
    if (line.find("failed attestation") != std::string_view::npos) {
      says = LogSays::refused;
    } else if (line.find("attested") != std::string_view::npos) {
      says = LogSays::attested;
    }
  }
  return says;
}

bool has_kept_key(const AttestationFacts& facts) { return facts.public_key.empty() || facts.public_key == facts.kept_public_key; }

bool is_good(const AttestationFacts& facts, Time now) {
  return has_kept_key(facts) && facts.policy == facts.kept_policy && facts.kept && facts.kept->mode == facts.mode &&
         facts.kept->image_id == facts.image_id && facts.kept_platform == facts.platform &&
         (!facts.kept->valid_until || now <= *facts.kept->valid_until);
}

std::string as_of(const attest::Verdict& verdict) {
  return (verdict.attested_by == "vendor" ? "attested by the vendor's service, as of " : "attested by this program, as of ") +
         to_people_time(verdict.at);
}

engine::Step network_step(const std::string& name) {
  engine::Step step;
  step.id = "network";
  step.payload = engine::CreateNetwork{name};
  step.why = "the container that is asked for a quote has a network of its own, with no published port";
  step.undo = "remove it when nothing uses it";
  return step;
}

std::string why_again(const AttestationFacts& facts, Time now) {
  if (!facts.kept) return "no verdict is kept for this image on this machine";
  if (!has_kept_key(facts)) return "the co-signer has another public key than the one that was vouched for";
  if (facts.kept->valid_until && now > *facts.kept->valid_until)
    return "the evidence of the last verdict ended at " + to_people_time(*facts.kept->valid_until);
  if (facts.policy != facts.kept_policy) return "another policy is in force than at the last verdict";
  return "image or machine changed since the last verdict";
}

engine::Step verdict_step(const AttestationFacts& facts, Time now) {
  engine::Step step;
  step.id = "verdict";
  step.payload = engine::Custom{
      "verdict", {{"subject", facts.image_id}, {"by", facts.mode == "quote" ? "this_program" : "vendor"}, {"mode", facts.mode}}};
  step.why = why_again(facts, now);
  step.undo = "forgotten with the journal";
  step.ownership.clear();
  return step;
}

class AttestationStage : public engine::Stage {
 public:
  std::string id() const override { return "attestation"; }
  std::string title() const override { return "Attestation of the enclave"; }

  Result<engine::StagePlan> look(const host::HostView& host, const engine::StageContext& context) const override {
    return plan_attestation(TRY(probe_attestation(host, context)), host.clock().now(), context.settings.profile.cosigner.network);
  }

  Result<engine::Remembered> apply(const engine::Custom& step, host::Host& host, const engine::StageContext& context,
                                   const host::ProgressSink& progress) const override {
    if (step.name == "wait") {
      TRY(wait_for_leftover(host, context, progress));
      return engine::Remembered{};
    }
    if (step.name != "verdict") return Stage::apply(step, host, context, progress);
    const AttestationFacts facts = TRY(probe_attestation(host, context));
    if (facts.mode == "quote") return give_quoted_verdict(host, context, facts.image_id, progress);
    return engine::Remembered{{"attestation.mode", facts.mode},
                              {"attestation.by", "vendor"},
                              {"attestation.image", facts.image_id},
                              {"attestation.platform", facts.platform},
                              {"attestation.at", to_iso(host.clock().now())},
                              // A vendor names no end; that of an earlier quote is past.
                              {"attestation.valid_until", ""},
                              {"attestation.grace_until", ""}};
  }
};

}  // namespace

std::optional<attest::Verdict> remembered_verdict(const state::Ledger& ledger) {
  const auto at = parse_time(ledger.value("attestation.at"));
  if (!at) return std::nullopt;
  attest::Verdict verdict{ledger.value("attestation.mode"), ledger.value("attestation.by"), ledger.value("attestation.image"),
                          *at, std::nullopt};
  verdict.valid_until = parse_time(ledger.value("attestation.valid_until"));
  return verdict;
}

Result<AttestationFacts> probe_attestation(const host::HostView& host, const engine::StageContext& context) {
  AttestationFacts facts;
  facts.mode = context.settings.profile.enclave.mode;
  facts.paired = !remembered_users(context.ledger).empty();
  const bool by_quote = facts.mode == "quote";
  if (by_quote) {
    const auto policy = wanted_policy(host, context);
    if (!policy.ok()) facts.policy_missing = policy.error();
    if (policy.ok()) facts.policy = sha256_hex(*policy);
    facts.kept_policy = context.ledger.value("attestation.policy");
  }
  if (!facts.paired || facts.policy_missing) return facts;
  if (const auto image = TRY(find_pinned_image(host, context))) facts.image_id = image->id;
  facts.platform = TRY(state::machine_identity(host));
  facts.kept = remembered_verdict(context.ledger);
  facts.kept_platform = context.ledger.value("attestation.platform");
  if (by_quote && facts.kept) {
    facts.kept_public_key = context.ledger.value("attestation.public_key");
    facts.public_key = running_public_key(host, context.settings);
  }
  if (is_good(facts, host.clock().now())) return facts;
  if (by_quote) {
    if (facts.image_id.empty()) return facts;
    facts.network = TRY(host.containers().has_network(context.settings.profile.cosigner.network));
    facts.leftovers = TRY(plan_leftovers(host, context));
    return facts;
  }
  // The folder belongs to the container: whatever it may have put there instead of a log is no reason to stop, but is said.
  const auto log =
      host.files().read(Path(context.settings.profile.cosigner.data_dir) / "log" / "customer_cosigner.log", log_limit);
  if (log.ok()) facts.log = last_word(log->value_or(""));
  if (!log.ok()) facts.log_trouble = log.error().message;
  return facts;
}

engine::StagePlan plan_attestation(const AttestationFacts& facts, Time now, const std::string& network) {
  engine::StagePlan plan;
  if (facts.policy_missing) {
    plan.blocked = facts.policy_missing;
    return plan;
  }
  if (!facts.paired) {
    plan.findings.push_back(finding(report::Outcome::skip, "nobody is paired yet"));
    plan.findings.back().because = "the enclave is attested when it enrols";
    return plan;
  }
  if (facts.image_id.empty()) {
    plan.findings.push_back(finding(report::Outcome::unknown, "the image is not here; a verdict about it is given when it is"));
    return plan;
  }
  if (is_good(facts, now)) {
    plan.findings.push_back(finding(report::Outcome::pass, as_of(*facts.kept)));
    return plan;
  }
  if (facts.log == LogSays::refused) {
    plan.blocked = make_error("attest.refused", "the last attestation in the co-signer's log was refused by the vendor's service",
                              "Update firmware and microcode, turn hyper-threading off if the advisory asks for it, reboot, then "
                              "run the command again.");
    return plan;
  }
  if (facts.mode != "quote" && facts.log == LogSays::nothing) {
    plan.findings.push_back(finding(report::Outcome::warn,
                                    "the co-signer's log names no attestation" +
                                        (facts.log_trouble.empty() ? "" : " (" + facts.log_trouble + ")") +
                                        "; judged by the database, whose key the vendor gives to attested enclaves only",
                                    "Look at the newest file in the co-signer's log folder."));
  }
  plan.steps = facts.leftovers;
  if (!facts.network) plan.steps.push_back(network_step(network));
  plan.steps.push_back(verdict_step(facts, now));
  return plan;
}

std::unique_ptr<engine::Stage> make_attestation_stage() { return std::make_unique<AttestationStage>(); }

}  // namespace cosigner::stages
