#include "installer/stages/hardware.hpp"

#include <algorithm>

#include "installer/checks/catalog.hpp"

namespace cosigner::stages {
namespace {

using report::Outcome;

/// What a later stage brings about or judges itself: said here, but not a reason to stop yet.
bool is_left_to_later(const std::string& id, const std::string& code) { return id.substr(0, 4) == "dev." || code == checks::kernel_is_older; }

/// What the set-up itself has used up since is no reason to refuse the machine that it set up.
bool is_used_by_us(const std::string& id, const state::Ledger& ledger) {
  if (id != "machine.disk") return false;
  return std::any_of(ledger.entries.begin(), ledger.entries.end(), [](const auto& entry) { return entry.second.kind == "image"; });
}

bool is_waived(const std::string& id, const profile::Answers& answers) {
  return std::find(answers.waive.begin(), answers.waive.end(), id) != answers.waive.end();
}

class HardwareStage : public engine::Stage {
 public:
  std::string id() const override { return "hardware"; }
  std::string title() const override { return "Machine"; }

  Result<engine::StagePlan> look(const host::HostView& host, const engine::StageContext& context) const override {
    return plan_hardware(TRY(probe_hardware(host, context)), context);
  }
};

}  // namespace

Result<std::vector<engine::Checked>> probe_hardware(const host::HostView& host, const engine::StageContext& context) {
  engine::CheckChoice demanded;
  demanded.preflight = true;
  return engine::run_checks(checks::all_checks(), host, context.settings, demanded);
}

engine::StagePlan plan_hardware(const std::vector<engine::Checked>& checked, const engine::StageContext& context) {
  engine::StagePlan plan;
  for (const auto& [found, code] : checked) {
    report::Finding finding = found;
    if (finding.outcome == Outcome::fail) {
      const bool waived = is_waived(finding.id, context.settings.answers);
      if (waived || is_left_to_later(finding.id, code) || is_used_by_us(finding.id, context.ledger)) {
        finding.outcome = Outcome::warn;
        if (waived) finding.evidence += " (waived)";
      } else if (!plan.blocked) {
        plan.blocked = make_error(code, finding.evidence, finding.remedy);
      }
    }
    plan.findings.push_back(std::move(finding));
  }
  return plan;
}

std::unique_ptr<engine::Stage> make_hardware_stage() { return std::make_unique<HardwareStage>(); }

}  // namespace cosigner::stages
