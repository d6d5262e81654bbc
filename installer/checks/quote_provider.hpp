// The quote provider's configuration and its cache, and the provider itself.
#pragma once

#include "engine/check.hpp"

namespace cosigner::checks {

engine::Observation look_at_qcnl_file(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_qcnl_keys(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_qcnl_url(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_qcnl_owner(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_qcnl_cache(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_qcnl_cache_folder(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_provider(const host::HostView& host, const profile::Settings& settings);
/// Verified as a quote's collateral is, to the pinned root (facts of DCAP, section 4, steps 3, 4 and 6). Nothing of this platform is sent.
engine::Observation look_at_qe_identity(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_registration(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_retrieval(const host::HostView& host, const profile::Settings& settings);

}  // namespace cosigner::checks
