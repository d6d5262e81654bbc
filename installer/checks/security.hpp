// Who else could be the signer's master on this machine (threats L7, L8, E7, U3).
#pragma once

#include "engine/check.hpp"

namespace cosigner::checks {

engine::Observation look_at_engine_group(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_engine_ports(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_socket_mode(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_other_containers(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_service_uid(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_listeners(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_root_login(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_callback_place(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_user_data(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_program_age(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_updates(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_pending_reboot(const host::HostView& host, const profile::Settings& settings);

}  // namespace cosigner::checks
