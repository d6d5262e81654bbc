// What to do about a verdict that is not a good one.
#pragma once

#include <string>

#include "attest/attestation.hpp"

namespace cosigner::attest {

/// One imperative sentence; empty for accepted evidence.
std::string advice_about(const Attestation& attestation);

/// The verdict as the error that stops a set-up: "attest.REFUSAL", or attest.policy_violated with every violation in its message.
/// Only for what is not accepted.
Error to_error(const Attestation& attestation);

}  // namespace cosigner::attest
