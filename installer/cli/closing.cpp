#include "installer/cli/closing.hpp"

#include <algorithm>

namespace cosigner::cli {
namespace {

bool is_converged(const report::RunReport& report, const std::string& stage) {
  return std::any_of(report.stages.begin(), report.stages.end(), [&](const report::StageReport& row) { return row.id == stage && row.state == report::StageState::converged; });
}

void add_approval(std::vector<std::string>& steps, const state::Ledger& ledger, Time now) {
  const auto paired = parse_time(ledger.value("pairing.paired_at"));
  if (!paired || now > *paired + approval_window + registration_window) return;
  steps.push_back("the workspace Owner approves the new key shares in the mobile app before " + to_people_time(*paired + approval_window) +
                  "; registration must then be complete within 6 hours, by " + to_people_time(*paired + approval_window + registration_window) + " at the latest");
}

}  // namespace

std::vector<std::string> next_steps(const report::RunReport& report, const state::Ledger& ledger, Time now) {
  std::vector<std::string> steps;
  for (const auto& stage : report.stages) {
    if (stage.error && stage.error->code == "pairing.token_needed") steps.push_back("copy a pairing token from the Console (it lives one hour) and run: cosigner pair");
  }
  if (!is_converged(report, "service")) return steps;
  if (const auto stopped = parse_time(ledger.value("service.stopped_at"))) {
    steps.push_back("the co-signer is stopped since " + to_people_time(*stopped) + ", as asked by \"cosigner stop\", and stays so; \"cosigner start\" starts it");
    return steps;
  }
  add_approval(steps, ledger, now);
  if (is_converged(report, "config")) steps.push_back("the configuration of this set-up is in /etc/cosigner/config.json; \"cosigner status\" shows how it is");
  return steps;
}

}  // namespace cosigner::cli
