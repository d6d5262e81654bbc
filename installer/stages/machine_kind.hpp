// What of a machine several stages go by: is it virtual, where does it stand, how many sockets has it. Read from CPUID (in a simulation from
// its dump), DMI strings and /proc/cpuinfo; unknown is said, never guessed.
#pragma once

#include <cstddef>
#include <optional>

#include "engine/stage.hpp"
#include "sgx/machine_place.hpp"

namespace cosigner::stages {

struct MachineKind {
  std::optional<bool> is_virtual;  // CPUID leaf 1, ECX bit 31; nothing when it cannot be read
  sgx::MachinePlace place = sgx::MachinePlace::unknown;
  std::size_t sockets = 0;  // different "physical id"s; 0: the kernel names none
  bool is_bare_metal() const { return is_virtual == false; }
};

MachineKind probe_machine_kind(const host::HostView& host, const profile::Settings& settings);

}  // namespace cosigner::stages
