// CPUID dumps as text: `cpuid -r`, `cpuid -1 -r`, AIDA64/InstLatx64, and mail copies whose lines were wrapped. Pure.
// Fails with `sgx.cpuid_unreadable`.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "host/devices.hpp"

namespace cosigner::sgx {

inline constexpr std::size_t cpuid_text_limit = 8 * 1024 * 1024;

/// One dump a logical CPU, in the text's order; at least one leaf in all.
Result<std::vector<host::CpuidDump>> parse_cpuid_text(std::string_view text);

}  // namespace cosigner::sgx
