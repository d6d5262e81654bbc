// The kernel's side of SGX: its parameters, configuration, modules and messages.
#pragma once

#include "engine/check.hpp"

namespace cosigner::checks {

engine::Observation look_at_kernel_parameters(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_kernel_config(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_modules(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_driver_packages(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_kernel_epc(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_kernel_log(const host::HostView& host, const profile::Settings& settings);

}  // namespace cosigner::checks
