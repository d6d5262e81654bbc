// The daemon as a container: what is looked at instead of its unit, and what is not looked at then.
#pragma once

#include <functional>

#include "engine/check.hpp"

namespace cosigner::checks {

using Look = std::function<engine::Observation(const host::HostView&, const profile::Settings&)>;

bool is_contained(const profile::Settings& settings);

/// A look at what the daemon's package brings: there is nothing to look at when the daemon is a container.
Look of_package(Look look);

/// `look` where the daemon is a unit, `contained` where it is a container.
Look either(Look look, Look contained);

engine::Observation look_at_aesm_container(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_aesm_container_restart(const host::HostView& host, const profile::Settings& settings);

}  // namespace cosigner::checks
