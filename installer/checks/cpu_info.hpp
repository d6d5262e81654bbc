// What /proc/cpuinfo says, once for all looks that need it.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "host/host.hpp"

namespace cosigner::checks {

struct CpuInfo {
  std::size_t sockets = 0;           // different "physical id"s; 0: the kernel names none
  std::set<std::string> microcodes;  // as written, "0xd0003d1"
  std::set<std::string> flags;       // of the first processor
};

CpuInfo parse_cpu_info(const std::string& text);

/// Nothing when it cannot be read.
std::optional<CpuInfo> read_cpu_info(const host::HostView& host);

/// "6.1.0-13-amd64"; empty when it cannot be read.
std::string kernel_release(const host::HostView& host);

/// True for 5.11 of "5.11.0-1-generic" and newer; nothing when the release cannot be read.
std::optional<bool> is_kernel_at_least(const host::HostView& host, unsigned major, unsigned minor);

}  // namespace cosigner::checks
