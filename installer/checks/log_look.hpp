// A log of the machine, searched for known troubles.
#pragma once

#include <string_view>

#include "base/untrusted.hpp"
#include "installer/checks/observing.hpp"

namespace cosigner::checks {

/// Harmless ones alone pass, anything else is a warning: a log tells what was, and may be cured by now. `log` as in the
/// catalogue; `name` for people.
Observation judge_log(const Untrusted& text, std::string_view log, const std::string& name);

}  // namespace cosigner::checks
