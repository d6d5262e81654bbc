// What Docker's own package source still needs on this machine: the stage `image` installs from it when no engine is here.
#pragma once

#include <optional>

#include "engine/stage.hpp"

namespace cosigner::stages {

/// Findings and steps; no steps when the source is ready to install from. `is_wanted`: an engine is to be installed from it; otherwise only a
/// source that this program made is kept in order, and nothing is given for others.
/// Blocks with `engine.source_unknown` and as plan_source.
Result<std::optional<engine::StagePlan>> plan_docker_source(const host::HostView& host, const engine::StageContext& context, bool is_wanted);

}  // namespace cosigner::stages
