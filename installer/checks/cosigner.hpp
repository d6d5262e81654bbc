// The co-signer on this machine: its image, containers, folders and log.
#pragma once

#include "engine/check.hpp"

namespace cosigner::checks {

engine::Observation look_at_container(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_image(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_restarts(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_restart_policy(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_container_devices(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_container_groups(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_container_dev(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_init_container(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_folders(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_cosigner_log(const host::HostView& host, const profile::Settings& settings);
/// Other containers that sit on the daemon's socket folder, or mount its socket alone.
engine::Observation look_at_other_daemons(const host::HostView& host, const profile::Settings& settings);

}  // namespace cosigner::checks
