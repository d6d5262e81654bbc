// What systemd makes of unit files that come, change and go on the model: found when first asked for, stale until reloaded.
#pragma once

#include "base/path.hpp"
#include "kit/model.hpp"

namespace cosigner::kit {

/// To be called after an entry was written or removed.
void unit_file_changed(MachineModel& model, const Path& place);

/// An addition to the unit forbids its start: "ConditionPathExists=!FILE", and the file is there.
bool is_held_back(const MachineModel& model, const std::string& unit);

}  // namespace cosigner::kit
