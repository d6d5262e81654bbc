// A policy as a file: "cosigner.attestation-policy/1" (conf/schema/attestation-policy.json). Members that are left out have the
// default policy's value, except that the schema is demanded.
#pragma once

#include <string_view>

#include "attest/policy.hpp"
#include "base/result.hpp"

namespace cosigner::attest {

/// Fails with `usage.policy_invalid`, which names every rule that is broken: unknown members, forms, a Revoked that is to be
/// accepted, grace without an end, platform grace without UpToDate and OutOfDate among the accepted statuses, both kinds of grace
/// at once.
Result<Policy> read_policy(std::string_view text);

}  // namespace cosigner::attest
