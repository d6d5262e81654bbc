// Operating system, kernel and clock.
#pragma once

#include "engine/check.hpp"

namespace cosigner::checks {

/// Start of the month in which this version was made: a machine whose clock is before it cannot judge a certificate. A constant,
/// so that two builds of one source are the same bytes.
inline constexpr Time source_date{std::chrono::sys_days(std::chrono::year(2026) / std::chrono::November / 1)};

/// Code of an old kernel that set-up itself brings a newer one or a driver for; `hardware.kernel_too_old` where it cannot.
inline constexpr const char* kernel_is_older = "hardware.kernel_older";

engine::Observation look_at_os(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_kernel(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_clock(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_clock_sync(const host::HostView& host, const profile::Settings& settings);

}  // namespace cosigner::checks
