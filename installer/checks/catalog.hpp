// The ordered tree of all checks: the only place that names every one of them. And what else the driver may know of this room.
#pragma once

#include <string>
#include <vector>

#include "engine/check.hpp"
#include "installer/checks/egress.hpp"
#include "installer/checks/matching.hpp"
#include "installer/checks/processor.hpp"
#include "installer/checks/system.hpp"
#include "installer/checks/tcp_table.hpp"
#include "installer/checks/texts.hpp"
#include "installer/checks/upkeep.hpp"

namespace cosigner::checks {

/// Parents before children.
const std::vector<engine::Check>& all_checks();

/// The same list for a program that tells what it was linked with.
std::vector<engine::Check> all_checks(Libraries linked);

/// What the id of a check or of a catalogue row stands for, as text for people; empty for an unknown id.
std::string explain(const std::string& id);

/// Every id that explain knows.
std::vector<std::string> explained_ids();

}  // namespace cosigner::checks
