// The end of a working run: what has been reached, and what the human has to do now, with absolute times.
#pragma once

#include <string>
#include <vector>

#include "base/time.hpp"
#include "engine/step.hpp"
#include "host/host.hpp"
#include "profile/settings.hpp"
#include "report/run_report.hpp"
#include "state/ledger.hpp"

namespace cosigner::cli {

/// Facts 10: the Owner's notification lives 12 h, registration must be complete 6 h later.
inline constexpr std::chrono::hours approval_window{12};
inline constexpr std::chrono::hours registration_window{6};

/// The approval is told by the run that paired. `report` is of the run that ends now.
std::vector<std::string> next_steps(const report::RunReport& report, const state::Ledger& ledger, Time now);

/// Who reboots after a run that ended because a reboot is needed.
enum class Rebooting { not_needed, by_hand, by_itself, held_back };

/// By itself only with leave (--reboot, host.reboot), and never under a co-signer that runs while less than the host may be interrupted.
Rebooting judge_reboot(const report::RunReport& report, const profile::Settings& settings, const std::optional<engine::Disruption>& budget,
                       const host::HostView& host);

/// What the person has to know about it, as a next step.
std::string reboot_text(Rebooting rebooting, const host::HostView& host);

/// For `status`: what the Owner has to do unless it is done, while there is time for it (nothing here sees whether it is). Empty
/// afterwards.
std::string open_approval(const state::Ledger& ledger, Time now);

/// "The co-signer runs and is healthy: …", with where to look; empty when the run did not reach that.
std::string outcome_text(const report::RunReport& report, const profile::Settings& settings, const state::Ledger& ledger,
                         const host::HostView& host);

}  // namespace cosigner::cli
