// The clock within half a second: what attestation and the vendor's service want (facts, section 4), by the kernel's own word (adjtimex).
//
// The kernel's bound of the error grows by half a millisecond a second, so that a service which asks every 34 minutes (systemd-timesyncd) leaves
// it above the limit for half of the time: a machine is not refused before its service was started anew once.
//
// Error: `pairing.clock_unsure` (exit 3: a failed preflight, as a clock that is behind). `waive: ["clock.synchronised"]` passes it over.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "engine/stage.hpp"

namespace cosigner::stages {

inline constexpr std::chrono::milliseconds largest_clock_error{500};
inline constexpr std::chrono::seconds clock_patience{120};
inline constexpr const char* settle_clock_step = "settle-clock";

struct ClockFacts {
  host::ClockSync sync;
  bool was_tried = false;   // the service was started anew a moment ago, and this is what came of it
  bool has_chrony = false;  // its own tool tells more
  bool is_sure() const { return sync.synchronised && sync.max_error <= largest_clock_error; }
};

Result<ClockFacts> probe_clock(const host::HostView& host, const engine::StageContext& context);

/// False when what follows must wait: a step was added that starts the time service anew, or the plan is blocked. Pure.
bool plan_clock(const ClockFacts& facts, const profile::Settings& settings, engine::StagePlan& plan);

/// The active time service is started anew, and waited for; that the clock is right then is judged by the next look.
Result<engine::Remembered> settle_clock(host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress);

/// Until the kernel says that the clock is kept right, and nearly enough, or the time is over; both are success.
Status wait_for_clock(host::Host& host, const host::ProgressSink& progress);

/// "synchronised, at most 20 ms wrong".
std::string shown(const host::ClockSync& sync);

}  // namespace cosigner::stages
