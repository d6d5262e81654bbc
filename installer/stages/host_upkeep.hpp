// What keeps the host itself in order, before anything is fetched: the clock (TLS and apt need it), unattended security updates and Intel's
// microcode. Answers `host.timeSync` and `host.securityUpdates`; the package names are the profile's.
//
// Nothing of it blocks: what no package source offers, after the lists were fetched once in this boot or could not be, is a finding with its
// remedy. (A package that is offered and cannot be installed ends the run as any other does.) On a machine where all is well no child process
// is started, the answer `host.securityUpdates` apart, for which the state of apt's timers is asked.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/stage.hpp"
#include "installer/stages/clock_rule.hpp"
#include "installer/stages/machine_kind.hpp"
#include "installer/stages/security_updates.hpp"

namespace cosigner::stages {

/// A package of the operating system's own archive.
struct OfferedPackage {
  std::string name;
  bool is_installed = false;
  bool was_looked_for = false;  // asked apt; else nothing is known of what it offers
  bool is_offered = false;
};

struct UpkeepFacts {
  host::ClockSync sync;
  std::map<std::string, host::UnitState> time_units;  // empty: not looked at
  std::optional<OfferedPackage> time_package;         // looked for when no service is there
  bool was_waited_for = false;                        // in this boot
  bool is_clock_adopted = false;                      // remembered: a service keeps it, and keeps it right
  std::optional<OfferedPackage> updates_package;      // when they are wanted
  UpdateFacts updates;                                // likewise
  MachineKind machine;
  std::optional<OfferedPackage> microcode;  // of bare metal
  std::string boot_id;
  bool was_fetched = false;   // apt's lists, in this boot; tried at least
  std::string lists_error;    // the code of what became of it, when it failed
  bool interrupted = false;   // an earlier run of dpkg was cut off; looked at when a package is to come
};

Result<UpkeepFacts> probe_host_upkeep(const host::HostView& host, const engine::StageContext& context);
/// Pure; adds to `plan`.
void plan_host_upkeep(const UpkeepFacts& facts, const engine::StageContext& context, engine::StagePlan& plan);

/// Adds the above to the steps of `inner`, once `inner` is not blocked; a clock that is wrong (`hardware.clock_wrong`) is mended first where a
/// time service can do that.
std::unique_ptr<engine::Stage> with_host_upkeep(std::unique_ptr<engine::Stage> inner);

}  // namespace cosigner::stages
