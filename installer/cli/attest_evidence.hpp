// The files that `attest verify` names, read: quote, collateral folder, key, policy, root.
#pragma once

#include <optional>
#include <string>

#include "attest/verify.hpp"
#include "installer/cli/environment.hpp"
#include "installer/cli/invocation.hpp"

namespace cosigner::cli {

struct EvidenceGiven {
  std::string quote;
  attest::CollateralTexts collateral;
  std::optional<attest::TrustRoot> root;  // --root-ca
  attest::Policy policy;
  std::optional<Time> at;                  // --at
  std::optional<std::string> report_data;  // of --nonce and --public-key
};

/// Fails with `usage.wrong`, `usage.policy_invalid`, `usage.file_absent` or the codes of operator files: all of them exit 2.
Result<EvidenceGiven> read_evidence(const Invocation& invocation, const Environment& environment);

/// The quote alone. Fails as read_evidence.
Result<std::string> read_quote(const std::string& path, const Environment& environment);

}  // namespace cosigner::cli
