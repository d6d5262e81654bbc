// The result of a verification: document "cosigner.attestation/1" (contracts, section 4.2). What is not verified is not in it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "attest/chain.hpp"
#include "attest/evaluation.hpp"
#include "attest/policy.hpp"
#include "attest/seen_collateral.hpp"
#include "attest/steps.hpp"

namespace cosigner::attest {

/// All of it is verified, or there is none.
struct Verified {
  Tee tee = Tee::sgx;
  int quote_version = 0;
  std::optional<SgxReport> sgx;  // exactly one of the two
  std::optional<TdReport> tdx;
  PckCa ca = PckCa::platform;
  PckExtension platform;
  Evaluation evaluation;
  Window window;  // of all that the result rests on
  Marks marks;    // to be remembered when the verdict is used
};

struct Attestation {
  Time at{};
  std::string root_sha256;
  bool is_custom_root = false;
  std::optional<Refusal> refusal;  // nothing: verified
  std::string refusal_rule;        // which rule was broken
  std::optional<Verified> verified;
  std::string policy_name;
  std::vector<Violation> violations;
  std::vector<Step> steps;

  bool is_verified() const { return verified.has_value(); }
  bool is_accepted() const { return verified.has_value() && violations.empty(); }
};

std::string to_json_document(const Attestation& attestation);
/// A numbered tree of the steps with their evidence, then the verdict in one sentence and what to do about it.
std::string to_people_text(const Attestation& attestation);

}  // namespace cosigner::attest
