// What the processor offers. With a simulation profile that names a CPUID dump, that dump is judged instead, and every sentence
// says so.
#pragma once

#include "engine/check.hpp"
#include "sgx/cpuid_facts.hpp"

namespace cosigner::checks {

/// Of every logical CPU, or of the simulation's dump. Fails as parse_cpuid_text and the ports do.
Result<std::vector<host::CpuidDump>> read_cpuid(const host::HostView& host, const profile::Settings& settings);

engine::Observation look_at_vendor(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_sgx(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_agreement(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_launch_control(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_epc(const host::HostView& host, const profile::Settings& settings);

}  // namespace cosigner::checks
