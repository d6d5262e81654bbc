// Unattended security updates by apt's own timers (answer `host.securityUpdates`), judged by all of apt's settings together: a later file
// wins over an earlier one, and a timer that is masked means that nothing is ever installed. A part of host_upkeep.hpp.
#pragma once

#include <string>
#include <vector>

#include "engine/stage.hpp"

namespace cosigner::stages {

inline const Path upgrades_path = "/etc/apt/apt.conf.d/20auto-upgrades";

struct UpdateFacts {
  bool is_on = false;               // by all settings together
  bool is_ours_on = false;          // by our file alone
  std::vector<std::string> off_by;  // files that switch something off and are read after ours
  std::vector<std::string> stopped_timers;
};

/// The text by itself switches both on: lists are fetched and security updates installed, by apt's own timers.
bool switches_updates_on(const std::string& apt_conf);

Result<UpdateFacts> probe_security_updates(const host::HostView& host);

/// The file of ours where they are off, and a finding where something wins over it. Pure.
void plan_security_updates(const UpdateFacts& facts, engine::StagePlan& plan);

}  // namespace cosigner::stages
