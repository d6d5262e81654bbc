// Stage `pairing`: the co-signer of this machine is enrolled for its first API user.
//
// Paired is what the data folder and the ledger say together: secrets.db is there, and we know for whom. On a paired machine no secret
// reference is opened. Not paired: callback answers are checked, live handler included, before the token is spent; then the
// executable enrols in the one-shot container (contracts 6; facts 5, 9, O3).
//
// Errors: `pairing.token_needed` (a human is needed), `pairing.token_malformed`, `pairing.token_expired`, `pairing.uid_taken`,
// `pairing.database_unknown`, `pairing.image_missing`, `pairing.clock_unsure`, `answers.callback_undecided`, those of lib/pairing/outcome.hpp, callback.*, answers.secret_*.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/stage.hpp"
#include "installer/stages/callback_wish.hpp"
#include "installer/stages/clock_rule.hpp"

namespace cosigner::stages {

struct DataFolder {
  Path path;
  bool there = false;
  bool right = false;  // the service's uid, nobody else may write
};

struct PairingFacts {
  std::vector<DataFolder> folders;      // the data directory first, then those below it
  std::optional<Error> policy_missing;  // attestation mode quote: the co-signer's quote could not be judged
  std::optional<std::string> uid_owner;  // a user or range of this machine that has the service's uid
  bool database = false;
  std::vector<std::string> users;       // remembered
  std::string device_id;                // remembered
  std::vector<engine::Step> leftovers;
  // The rest is looked at only while pairing is pending.
  std::optional<std::string> image_id;
  bool network = false;
  std::optional<Error> token_error;
  std::string token_user;
  std::string token_shown;
  std::string token_warning;
  CallbackWish callback;
  std::vector<Error> callback_problems;
  std::optional<Error> memory_error;
  ClockFacts clock;
  bool paired() const { return database && !users.empty(); }
};

Result<PairingFacts> probe_pairing(const host::HostView& host, const engine::StageContext& context);
engine::StagePlan plan_pairing(const PairingFacts& facts, const profile::Settings& settings);
std::unique_ptr<engine::Stage> make_pairing_stage();

}  // namespace cosigner::stages
