// Size of the machine and its SGX device nodes, against the profile's floors.
#pragma once

#include "engine/check.hpp"

namespace cosigner::checks {

engine::Observation look_at_cores(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_ram(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_disk(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_dev_mount(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_enclave_node(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_provision_node(const host::HostView& host, const profile::Settings& settings);

/// Bytes of MemTotal in /proc/meminfo.
std::optional<std::uint64_t> memory_of(const std::string& meminfo);
/// How many CPUs a list such as "0-3,6" names.
std::optional<int> cpus_of(const std::string& list);

}  // namespace cosigner::checks
