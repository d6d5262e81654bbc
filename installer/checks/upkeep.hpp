// Whether this machine and this program still get their fixes: the end of the system's support, security updates that wait, and
// linked libraries that the system has newer (threats U3).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/check.hpp"

namespace cosigner::checks {

/// Name and version of each library inside the program, as host::linked_libraries() tells them.
using Libraries = std::vector<std::pair<std::string, std::string>>;

engine::Observation look_at_support(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_waiting_updates(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_libraries(const host::HostView& host, const Libraries& linked);

}  // namespace cosigner::checks
