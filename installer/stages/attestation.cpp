#include "installer/stages/attestation.hpp"

#include "base/text.hpp"
#include "installer/stages/callback_wish.hpp"
#include "installer/stages/cosigner_container.hpp"
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

bool is_good(const AttestationFacts& facts, Time now) {
  return facts.kept && facts.kept->mode == facts.mode && facts.kept->image_id == facts.image_id && facts.kept_platform == facts.platform &&
         (!facts.kept->valid_until || now <= *facts.kept->valid_until);
}

std::string as_of(const attest::Verdict& verdict) {
  return (verdict.attested_by == "vendor" ? "attested by the vendor's service, as of " : "attested by this program, as of ") + to_people_time(verdict.at);
}

class AttestationStage : public engine::Stage {
 public:
  std::string id() const override { return "attestation"; }
  std::string title() const override { return "Attestation of the enclave"; }

  Result<engine::StagePlan> look(const host::HostView& host, const engine::StageContext& context) const override {
    return plan_attestation(TRY(probe_attestation(host, context)), host.clock().now());
  }

  Result<engine::Remembered> apply(const engine::Custom& step, host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress) const override {
    if (step.name != "verdict") return Stage::apply(step, host, context, progress);
    const AttestationFacts facts = TRY(probe_attestation(host, context));
    return engine::Remembered{{"attestation.mode", facts.mode}, {"attestation.by", "vendor"}, {"attestation.image", facts.image_id},
                              {"attestation.platform", facts.platform}, {"attestation.at", to_iso(host.clock().now())}};
  }
};

}  // namespace

std::optional<attest::Verdict> remembered_verdict(const state::Ledger& ledger) {
  const auto at = parse_time(ledger.value("attestation.at"));
  if (!at) return std::nullopt;
  attest::Verdict verdict{ledger.value("attestation.mode"), ledger.value("attestation.by"), ledger.value("attestation.image"), *at, std::nullopt};
  verdict.valid_until = parse_time(ledger.value("attestation.valid_until"));
  return verdict;
}

Error verifier_missing() {
  return make_error("attest.verifier_missing", "this profile wants a quote to be checked by this program (attestation mode \"quote\"), which it cannot do yet",
                    "Use a profile with attestation mode \"service\", or a later version of this program.");
}

Result<AttestationFacts> probe_attestation(const host::HostView& host, const engine::StageContext& context) {
  AttestationFacts facts;
  facts.mode = context.settings.profile.enclave.mode;
  facts.paired = !remembered_users(context.ledger).empty();
  if (!facts.paired || facts.mode != "service") return facts;
  if (const auto image = TRY(find_pinned_image(host, context))) facts.image_id = image->id;
  facts.platform = TRY(state::machine_identity(host));
  facts.kept = remembered_verdict(context.ledger);
  facts.kept_platform = context.ledger.value("attestation.platform");
  if (is_good(facts, host.clock().now())) return facts;
  // The folder belongs to the container: whatever it may have put there instead of a log is no reason to stop, but is said.
  const auto log = host.files().read(Path(context.settings.profile.cosigner.data_dir) / "log" / "customer_cosigner.log", log_limit);
  if (log.ok()) facts.log = last_word(log->value_or(""));
  if (!log.ok()) facts.log_trouble = log.error().message;
  return facts;
}

engine::StagePlan plan_attestation(const AttestationFacts& facts, Time now) {
  engine::StagePlan plan;
  if (facts.mode != "service") {
    plan.blocked = verifier_missing();
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
                              "Update firmware and microcode, turn hyper-threading off if the advisory asks for it, reboot, then run the command again.");
    return plan;
  }
  if (facts.log == LogSays::nothing) {
    plan.findings.push_back(finding(report::Outcome::warn, "the co-signer's log names no attestation" + (facts.log_trouble.empty() ? "" : " (" + facts.log_trouble + ")") +
                                        "; judged by the database, whose key the vendor gives to attested enclaves only",
                                    "Look at the newest file in the co-signer's log folder."));
  }
  engine::Step step;
  step.id = "verdict";
  step.payload = engine::Custom{"verdict", {{"subject", facts.image_id}, {"by", "vendor"}, {"mode", facts.mode}}};
  step.why = facts.kept ? "image or machine changed since the last verdict" : "no verdict is kept for this image on this machine";
  step.undo = "forgotten with the journal";
  step.ownership.clear();
  plan.steps.push_back(std::move(step));
  return plan;
}

std::unique_ptr<engine::Stage> make_attestation_stage() { return std::make_unique<AttestationStage>(); }

}  // namespace cosigner::stages
