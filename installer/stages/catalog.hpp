// The ordered list of all stages: the only place that names every one of them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/stage.hpp"

namespace cosigner::stages {

/// In the order in which they run. `program` is the running file, which installs itself.
std::vector<std::unique_ptr<engine::Stage>> all_stages(const Path& program);

/// The stable ids, in order; for --until, help and the profile's list.
const std::vector<std::string>& stage_ids();

/// The stages that the profile wants, from `first` to `last` (empty: from the beginning, to the end), both included.
std::vector<const engine::Stage*> selected(const std::vector<std::unique_ptr<engine::Stage>>& all, const std::vector<std::string>& wanted,
                                           const std::string& first, const std::string& last);

}  // namespace cosigner::stages
