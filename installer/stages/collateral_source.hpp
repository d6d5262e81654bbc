// Where this machine gets collateral: the service that its quote provider is set to (clouds name one of their own), reached with
// the answers' proxy and CA; and, where that service is away, the verified answers of earlier.
#pragma once

#include <string>

#include "attest/collateral_client.hpp"
#include "engine/stage.hpp"

namespace cosigner::stages {

/// Intel's root, or in a simulation the profile's.
Result<attest::TrustRoot> root_of(const profile::Settings& settings);

enum class KeptAnswers { may_be_used, are_left_alone };

/// What a quote needs. Fails with attest.service_unknown, and as fetch_collateral.
Result<attest::FetchedCollateral> collateral_of_machine(host::Host& host, const engine::StageContext& context,
                                                        const std::string& quote, KeptAnswers kept);

/// The quoting enclave's identity and what proves it, from the service itself. Fails with attest.service_unknown, and as
/// fetch_qe_identity.
Result<attest::FetchedCollateral> qe_identity_of_machine(host::Host& host, const engine::StageContext& context);

}  // namespace cosigner::stages
