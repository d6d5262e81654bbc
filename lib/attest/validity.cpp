#include "attest/validity.hpp"

#include <algorithm>

namespace cosigner::attest {

Window common_part(Window a, Window b) { return {std::max(a.from, b.from), std::min(a.until, b.until)}; }

Status check_dates(Window window, Time at, const DateRule& rule) {
  const std::string what(rule.what);
  if (at < window.from)
    return refused(rule.too_early, what + " begins on " + to_iso(window.from) + ", after the time of the check");
  if (at > window.until + rule.grace)
    return refused(rule.too_late, what + " ended on " + to_iso(window.until) + ", before the time of the check");
  return {};
}

std::string shown(Window window) { return to_iso(window.from) + " to " + to_iso(window.until); }

}  // namespace cosigner::attest
