// The SGX device nodes beyond "can I open it": which driver's they are, who may use them, whether two generations mix.
#pragma once

#include "engine/check.hpp"

namespace cosigner::checks {

engine::Observation look_at_generations(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_node_modes(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_node_group(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_enclave_user(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_provision_user(const host::HostView& host, const profile::Settings& settings);

/// Whether the user may read and write the node, by owner, group and mode; nothing when the node or the user is not there.
std::optional<bool> may_use(const host::HostView& host, const host::User& user, const Path& node);

}  // namespace cosigner::checks
