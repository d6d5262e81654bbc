// What systemd makes of unit files that come, change and go on the model: found when first asked for, stale until reloaded.
#pragma once

#include "base/path.hpp"
#include "kit/model.hpp"

namespace cosigner::kit {

/// To be called after an entry was written or removed.
void unit_file_changed(MachineModel& model, const Path& place);

}  // namespace cosigner::kit
