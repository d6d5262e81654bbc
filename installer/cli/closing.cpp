#include "installer/cli/closing.hpp"

#include <algorithm>

#include "installer/cli/prepare.hpp"
#include "installer/stages/catalog.hpp"

namespace cosigner::cli {
namespace {

bool is_converged(const report::RunReport& report, const std::string& stage) {
  return std::any_of(report.stages.begin(), report.stages.end(), [&](const report::StageReport& row) {
    return row.id == stage && row.state == report::StageState::converged;
  });
}

/// Nothing when nobody paired here, or when there is no time left.
std::string approval(const state::Ledger& ledger, Time now) {
  const auto paired = parse_time(ledger.value("pairing.paired_at"));
  // Without an image it was no pairing: a database was found, and its users were read.
  if (!paired || ledger.value("pairing.image").empty() || now > *paired + approval_window + registration_window) return {};
  return "the workspace Owner approves the new key shares in the mobile app before " + to_people_time(*paired + approval_window) +
         "; registration must then be complete within 6 hours, by " +
         to_people_time(*paired + approval_window + registration_window) + " at the latest";
}

bool has_paired(const report::RunReport& report, const state::Ledger& ledger) {
  const auto paired = parse_time(ledger.value("pairing.paired_at"));
  return paired && *paired >= report.started;
}

}  // namespace

std::vector<std::string> next_steps(const report::RunReport& report, const state::Ledger& ledger, Time now) {
  std::vector<std::string> steps;
  for (const auto& stage : report.stages) {
    if (stage.error && stage.error->code == "pairing.token_needed") {
      steps.push_back("copy a pairing token from the Console (it lives one hour) and run: cosigner pair");
    }
  }
  if (const auto text = approval(ledger, now); has_paired(report, ledger) && !text.empty()) steps.push_back(text);
  if (!is_converged(report, "service")) return steps;
  if (const auto stopped = parse_time(ledger.value("service.stopped_at"))) {
    steps.push_back("the co-signer is stopped since " + to_people_time(*stopped) +
                    ", as asked by \"cosigner stop\", and stays so; \"cosigner start\" starts it");
  }
  return steps;
}

Rebooting judge_reboot(const report::RunReport& report, const profile::Settings& settings, const std::optional<engine::Disruption>& budget,
                       const host::HostView& host) {
  if (report::exit_code_of(report) != report::ExitCode::reboot_needed) return Rebooting::not_needed;
  if (!settings.reboot && !settings.answers.reboot) return Rebooting::by_hand;
  const bool spares_host = budget && *budget < engine::Disruption::host;
  return spares_host && does_cosigner_run(host, settings) ? Rebooting::held_back : Rebooting::by_itself;
}

std::string reboot_text(Rebooting rebooting, const host::HostView& host) {
  if (rebooting == Rebooting::not_needed) return {};
  const auto unit = host.files().stat(stages::resume_unit_file);
  const bool goes_on = unit.ok() && unit->has_value();
  const std::string then = goes_on ? "; set-up then goes on by itself" : "; then run \"sudo cosigner setup\" again";
  if (rebooting == Rebooting::by_itself) return "the machine reboots now, as --reboot or host.reboot asked" + then;
  if (rebooting == Rebooting::by_hand) return "reboot: sudo systemctl reboot" + then;
  return "the reboot is held back, because the co-signer runs: in a maintenance window reboot, or add --max-disruption host" + then;
}

std::string open_approval(const state::Ledger& ledger, Time now) {
  const auto text = approval(ledger, now);
  return text.empty() ? text : "unless it is done: " + text;
}

std::string outcome_text(const report::RunReport& report, const profile::Settings& settings, const state::Ledger& ledger,
                         const host::HostView& host) {
  if (report::exit_code_of(report) != report::ExitCode::ok || !is_converged(report, "service")) return {};
  const std::string& name = settings.profile.cosigner.container_name;
  const auto container = host.containers().container(name);
  if (!container.ok() || !*container) return {};
  const bool is_wanted = settings.answers.start || settings.run_wish == profile::RunWish::running;
  if (!(*container)->running) {
    return is_wanted ? std::string()
                     : "The co-signer is set up and not started, as the answers want it; \"cosigner start\" starts it.";
  }
  const std::string revision = ledger.value("image.revision");
  // Where a start is wanted the stage has seen it healthy; where not, only that it runs.
  return "The co-signer runs" + std::string(is_wanted ? " and is healthy" : "") + ": " +
         (revision.empty() ? std::string() : "revision " + revision + ", ") + "container " + name +
         ". See how it is with \"sudo cosigner status\"; its configuration is /etc/cosigner/config.json.";
}

}  // namespace cosigner::cli
