// Addresses of a name by the hosts file and DNS (c-ares), without the C library's name service modules: a static program must not
// load them (building.md, trap 2). Names that only other modules know (mDNS) are not found.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/cancel.hpp"
#include "base/result.hpp"

namespace cosigner::host {

/// At least one address, IPv4 and IPv6 as text. Fails with `network.name_unresolved` or `run.cancelled`.
Result<std::vector<std::string>> resolve_name(const std::string& name, std::chrono::seconds limit, const CancelToken* cancel);

}  // namespace cosigner::host
