// Stage hardware: the checks that must hold before anything is changed. It has no steps of its own.
//
// Blocks with the code of the first failed check that is not waived: `hardware.not_intel`, `hardware.sgx_not_offered`,
// `hardware.sgx_off_in_firmware`, `hardware.launch_control_missing`, `hardware.epc_too_small`, `hardware.ram_too_small`,
// `hardware.disk_too_small`, `hardware.os_unknown`, `hardware.kernel_too_old`, `hardware.clock_wrong` (all exit 3). An old kernel that the stage
// `sgx-packages` can replace, or build a driver for, is left to it.
#pragma once

#include <memory>
#include <vector>

#include "engine/check.hpp"
#include "engine/stage.hpp"

namespace cosigner::stages {

Result<std::vector<engine::Checked>> probe_hardware(const host::HostView& host, const engine::StageContext& context);
engine::StagePlan plan_hardware(const std::vector<engine::Checked>& checked, const engine::StageContext& context);

std::unique_ptr<engine::Stage> make_hardware_stage();

}  // namespace cosigner::stages
