// The end of a working run: what the human has to do now, with absolute times, and where the configuration is.
#pragma once

#include <string>
#include <vector>

#include "base/time.hpp"
#include "report/run_report.hpp"
#include "state/ledger.hpp"

namespace cosigner::cli {

/// Facts 10: the Owner's notification lives 12 h, registration must be complete 6 h later.
inline constexpr std::chrono::hours approval_window{12};
inline constexpr std::chrono::hours registration_window{6};

std::vector<std::string> next_steps(const report::RunReport& report, const state::Ledger& ledger, Time now);

}  // namespace cosigner::cli
