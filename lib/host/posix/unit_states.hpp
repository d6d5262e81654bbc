// The answer of `systemctl show` for several units. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "host/services.hpp"

namespace cosigner::host {

/// Blocks stand in the order of the question, separated by an empty line; a unit without a block was not found.
std::map<std::string, UnitState> parse_unit_states(std::string_view text, const std::vector<std::string>& units);

/// "docker.service": what systemd takes as a unit's name, and nothing that a program could take for an option.
bool is_unit_name(const std::string& name);

}  // namespace cosigner::host
