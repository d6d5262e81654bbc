// The container engine: does it answer, is it set up for a long-lived signer, and does nobody else hold its reins.
#pragma once

#include "engine/check.hpp"

namespace cosigner::checks {

engine::Observation look_at_engine(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_engine_enabled(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_engine_packages(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_engine_settings(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_engine_live_restore(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_engine_logs(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_engine_storage(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_engine_registries(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_engine_proxy(const host::HostView& host, const profile::Settings& settings);

}  // namespace cosigner::checks
