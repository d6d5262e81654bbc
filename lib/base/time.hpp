// Wall-clock time as whole seconds since 1970 UTC, and its one text form. Reading the clock is the host's business.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace cosigner {

using Time = std::chrono::sys_seconds;

/// "2026-11-26T10:17:31Z"
std::string to_iso(Time time);
/// "2026-11-26 10:17 UTC", for people.
std::string to_people_time(Time time);
/// "2026-11-26"
std::string to_date(Time time);
/// Accepts exactly the form of to_iso, or a decimal count of seconds since 1970.
std::optional<Time> parse_time(std::string_view text);
/// "3 s", "2 min 05 s", "1 h 04 min"
std::string to_people_duration(std::chrono::milliseconds duration);

}  // namespace cosigner
