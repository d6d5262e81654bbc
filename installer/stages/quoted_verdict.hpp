// Attestation mode `quote`: the co-signer is asked for a quote that answers a fresh nonce and names its public key, and this
// program verifies it to Intel's root (or, in a simulation, to the profile's), with collateral of the quote provider's service.
//
// Held against: the profile's enclave, the highest security version verified here (threats G4), the platform that was pinned at
// the first success (threats A2), the newest collateral seen (N5), a floor under the clock (N4). The evidence is kept below
// /var/lib/cosigner/attestation: `evidence` of the verdict in force, `refused` of the last refusal.
//
// Errors: attest.REFUSAL of every kind, attest.policy_violated, attest.quote_missing, attest.key_missing,
// attest.memory_unreadable, base.random_unavailable (no nonce, no question: threats A4), those of quote_policy.hpp,
// collateral_source.hpp and the network port.
#pragma once

#include <string>

#include "attest/kept_evidence.hpp"
#include "engine/stage.hpp"

namespace cosigner::stages {

inline const Path refused_evidence{"/var/lib/cosigner/attestation/refused"};

/// Asks, fetches, verifies; changes nothing but that it may run the one-shot container. `nonce`: 32 bytes.
Result<attest::Evidence> gather_evidence(host::Host& host, const engine::StageContext& context, const std::string& image_id,
                                         const std::string& nonce, const host::ProgressSink& progress);

/// Gathers for a fresh nonce, and keeps. What it gives is remembered as the verdict; whatever is not accepted is an error.
Result<engine::Remembered> give_quoted_verdict(host::Host& host, const engine::StageContext& context, const std::string& image_id,
                                               const host::ProgressSink& progress);

/// SHA-256 of the public key that the running co-signer prints; empty when it does not run, or does not answer: that is told
/// elsewhere.
std::string running_public_key(const host::HostView& host, const profile::Settings& settings);

}  // namespace cosigner::stages
