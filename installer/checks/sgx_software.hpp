// The installed SGX packages: complete, of one release, one quote provider, nothing left of EPID.
#pragma once

#include "engine/check.hpp"

namespace cosigner::checks {

engine::Observation look_at_dpkg(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_sgx_packages(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_release(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_epid_rest(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_provider_library(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_provider_conflict(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_edited_files(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_dpkg_log(const host::HostView& host, const profile::Settings& settings);

}  // namespace cosigner::checks
