// The package source of the SGX software: source file, key, pins, lists; and apt settings that weaken them (threats M1, M2, M5).
#pragma once

#include "engine/check.hpp"

namespace cosigner::checks {

engine::Observation look_at_source(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_keyring(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_key_expiry(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_suite(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_pins(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_lists(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_apt_settings(const host::HostView& host, const profile::Settings& settings);

}  // namespace cosigner::checks
