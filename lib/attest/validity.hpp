// Dates (facts of DCAP, section 6): everything is compared with one time that the caller gives, inclusive at both ends. Pure.
#pragma once

#include <chrono>
#include <string>

#include "attest/refusal.hpp"
#include "base/time.hpp"

namespace cosigner::attest {

struct Window {
  Time from{};
  Time until{};
};

/// The time when both hold: the later beginning, the earlier end. May be empty (from after until).
Window common_part(Window a, Window b);

struct DateRule {
  std::string_view what;  // "PCK CRL"
  Refusal too_early;
  Refusal too_late;
  std::chrono::seconds grace{0};  // past the end that a policy still allows
};

/// Fails with one of the rule's two refusals. The dates are shown: call it for what is authentic only.
Status check_dates(Window window, Time at, const DateRule& rule);

/// "2025-06-19T10:56:11Z to 2025-07-19T10:56:11Z"
std::string shown(Window window);

}  // namespace cosigner::attest
