// A folder of captured or made evidence: quote.bin, collateral under its usual names, expected.json.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "attest/verify.hpp"

namespace attest_test {

using namespace cosigner;

struct EvidenceFolder {
  std::string name;
  std::string quote;
  attest::CollateralTexts collateral;
  std::optional<attest::TrustRoot> root;  // trusted_root.pem
  nlohmann::json expected;

  Time at() const { return Time(std::chrono::seconds(expected.at("time").get<long long>())); }
  const attest::TrustRoot& root_or_intel() const { return root ? *root : attest::intel_root(); }
};

/// $COSIGNER_REAL_DATA/dcap; nothing when the variable is not set.
std::optional<std::string> real_data();
std::string read_file(const std::string& path);
nlohmann::json read_json(const std::string& path);
EvidenceFolder read_evidence(const std::string& folder);
/// The folders below, by name.
std::vector<EvidenceFolder> read_all_evidence(const std::string& folder);

attest::Attestation verify(const EvidenceFolder& evidence, const attest::Policy& policy = {});
/// "verified", or the refusal's name.
std::string outcome_of(const attest::Attestation& attestation);
/// The contract's name for a name in captured data.
std::string refusal_meant_by(const std::string& expected);

}  // namespace attest_test
