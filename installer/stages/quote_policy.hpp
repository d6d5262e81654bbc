// By which policy this machine judges quotes: the enclave that the profile expects, and besides the default policy, or the
// operator's (answer attestation.policy), which can narrow the profile and relax what the default asks of the platform, and
// nothing else.
#pragma once

#include <string>

#include "engine/stage.hpp"

namespace cosigner::stages {

/// "cosigner.attestation-policy/1". Fails with attest.expectation_missing when the profile does not say whose enclave to expect
/// and how to ask it, with usage.policy_invalid, answers.file_unsafe, and as open_text.
Result<std::string> wanted_policy(const host::HostView& host, const engine::StageContext& context);

/// Besides, no lower security version than one that was verified on this machine, in whatever way an older enclave may have come
/// (threats G4). A downgrade that has a reason is let pass, down to the profile's own minimum.
Result<std::string> policy_in_force(const host::HostView& host, const engine::StageContext& context);

}  // namespace cosigner::stages
