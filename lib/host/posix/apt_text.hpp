// What apt and dpkg say, in the C locale: progress lines, the candidate version, and the cause of a failure by literal matching.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "host/packages.hpp"

namespace cosigner::host {

/// A line of apt's status descriptor (README.progress-reporting of apt): "dlstatus:…" and "pmstatus:…" give progress, others
/// nothing.
std::optional<Progress> parse_apt_status(std::string_view line);

/// The candidate of `apt-cache policy NAME`; nothing when there is none.
std::optional<std::string> parse_policy_candidate(std::string_view text);

/// True when an update with exit code 0 still failed to fetch something: apt only warns then.
bool update_was_partial(std::string_view output);

/// The error for a failed run; `doing` completes "apt could not …". apt's own lines are shown, escaped and cut. `origin` (may be null): the
/// source that the packages come from, so that a file that moved between its packages, or a wrong suite, has a remedy.
Error describe_apt_failure(std::string_view output, const std::string& doing, const PackageOrigin* origin = nullptr);

}  // namespace cosigner::host
