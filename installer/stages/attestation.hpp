// Stage `attestation`: somebody vouches for the co-signer's enclave on this machine, and it is kept who and since when.
//
// Mode `service`: the vendor's service attests the enclave when it enrols and refuses it the database's key otherwise. We judge by
// exit status, database and log, and say "attested by the vendor", never more (threats G1). Mode `quote`: this program checks a
// quote; refused until its verifier exists.
//
// Errors: `attest.refused`, `attest.verifier_missing`.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "attest/verdict.hpp"
#include "engine/stage.hpp"

namespace cosigner::stages {

enum class LogSays { nothing, attested, refused };

struct AttestationFacts {
  bool paired = false;
  std::string mode;
  std::string image_id;   // pinned; empty: not here
  std::string platform;   // identity of this machine
  std::optional<attest::Verdict> kept;
  std::string kept_platform;
  LogSays log = LogSays::nothing;  // looked at only when there is no good verdict
  std::string log_trouble;         // why the log could not be read
};

/// The kept verdict, when one was remembered.
std::optional<attest::Verdict> remembered_verdict(const state::Ledger& ledger);
Error verifier_missing();

Result<AttestationFacts> probe_attestation(const host::HostView& host, const engine::StageContext& context);
engine::StagePlan plan_attestation(const AttestationFacts& facts, Time now);
std::unique_ptr<engine::Stage> make_attestation_stage();

}  // namespace cosigner::stages
