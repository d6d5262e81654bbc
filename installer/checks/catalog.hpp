// The ordered tree of all checks: the only place that names every one of them.
#pragma once

#include <vector>

#include "engine/check.hpp"

namespace cosigner::checks {

/// Parents before children.
const std::vector<engine::Check>& all_checks();

}  // namespace cosigner::checks
