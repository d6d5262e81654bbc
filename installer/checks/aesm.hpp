// The SGX service daemon: account, program, unit, socket, what it answers, its settings and its log.
#pragma once

#include "engine/check.hpp"

namespace cosigner::checks {

engine::Observation look_at_aesm_account(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_aesm_program(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_aesm_unit(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_aesm_enabled(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_aesm_folder(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_aesm_socket(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_aesm_address(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_aesm_conf(const host::HostView& host, const profile::Settings& settings);
engine::Observation look_at_aesm_log(const host::HostView& host, const profile::Settings& settings);

/// How many keys it offers.
engine::Observation look_at_aesm_answer(const host::HostView& host, const profile::Settings& settings);
/// One of them for ECDSA P-256.
engine::Observation look_at_aesm_ecdsa(const host::HostView& host, const profile::Settings& settings);
/// Lets it prepare a quote, for which it loads Intel's production enclaves and, at first use, asks the provider: the one look
/// that makes it act.
engine::Observation look_at_aesm_quote(const host::HostView& host, const profile::Settings& settings);

}  // namespace cosigner::checks
