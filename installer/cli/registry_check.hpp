// A typed login is tried at the registry at once, and not minutes later by the engine's first pull.
#pragma once

#include "container/registry_login.hpp"
#include "engine/stage.hpp"

namespace cosigner::cli {

/// At most two requests, both by https with the answers' proxy and CA. `unknown` when nothing could be learnt: the pull will
/// tell.
container::LoginVerdict try_registry_login(const std::string& registry, const std::string& repository, const host::HostView& host,
                                           const engine::StageContext& context);

}  // namespace cosigner::cli
