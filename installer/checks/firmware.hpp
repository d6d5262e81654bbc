// What the firmware was set to: model-specific registers, EFI variables, and what the kernel shows of it. Inside a virtual
// machine most of it belongs to the host and is unknown.
#pragma once

#include "engine/check.hpp"

namespace cosigner::checks {

engine::Observation look_at_firmware_sgx(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_launch_lock(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_production(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_boot_mode(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_secure_boot(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_microcode(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_threads(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_frequency(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_graphics(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_aes(const host::HostView& host, const profile::Settings& settings);

}  // namespace cosigner::checks
