// The end of a working run: what has been reached, and what the human has to do now, with absolute times.
#pragma once

#include <string>
#include <vector>

#include "base/time.hpp"
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

/// For `status`: what the Owner has to do unless it is done, while there is time for it (nothing here sees whether it is). Empty
/// afterwards.
std::string open_approval(const state::Ledger& ledger, Time now);

/// "The co-signer runs and is healthy: …", with where to look; empty when the run did not reach that.
std::string outcome_text(const report::RunReport& report, const profile::Settings& settings, const state::Ledger& ledger,
                         const host::HostView& host);

}  // namespace cosigner::cli
