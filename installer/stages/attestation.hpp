// Stage `attestation`: somebody vouches for the co-signer's enclave on this machine, and it is kept who and since when.
//
// Mode `service`: the vendor's service attests the enclave when it enrols and refuses it the database's key otherwise. We judge
// by exit status, database and log, and say "attested by the vendor", never more (threats G1). Mode `quote`: this program
// verifies a quote of the co-signer itself (quoted_verdict.hpp).
//
// Errors: `attest.refused`, and those of quoted_verdict.hpp.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attest/verdict.hpp"
#include "engine/stage.hpp"

namespace cosigner::stages {

enum class LogSays { nothing, attested, refused };

struct AttestationFacts {
  bool paired = false;
  std::string mode;
  std::string image_id;  // pinned; empty: not here
  std::string platform;  // identity of this machine
  std::optional<attest::Verdict> kept;
  std::string kept_platform;
  std::string kept_public_key, public_key;  // mode quote, SHA-256; the second is empty while the co-signer does not run
  std::string policy, kept_policy;          // mode quote, SHA-256: by which one is judged, and was
  std::optional<Error> policy_missing;      // mode quote: there is none by which a quote could be judged
  bool network = true;  // the containers' own; this and the next are looked at only when a quote has to be asked for
  std::vector<engine::Step> leftovers;  // of a run that was cut off while it asked
  LogSays log = LogSays::nothing;       // looked at only when there is no good verdict
  std::string log_trouble;              // why the log could not be read
};

/// The kept verdict, when one was remembered.
std::optional<attest::Verdict> remembered_verdict(const state::Ledger& ledger);

Result<AttestationFacts> probe_attestation(const host::HostView& host, const engine::StageContext& context);
/// `network`: name of the containers' own.
engine::StagePlan plan_attestation(const AttestationFacts& facts, Time now, const std::string& network);
std::unique_ptr<engine::Stage> make_attestation_stage();

}  // namespace cosigner::stages
