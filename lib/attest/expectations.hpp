// The policy of `setup`: the enclave that the profile expects, and the default policy for the rest. It is made as the text of a
// policy file and read like one, so that kept evidence can be judged again by that very file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "attest/policy.hpp"
#include "base/result.hpp"

namespace cosigner::attest {

struct ExpectedEnclave {
  std::string mrsigner, mrenclave;  // hex; empty: not known
  std::optional<std::uint32_t> product_id, minimum_svn;
};

/// Fails with attest.expectation_missing when neither signer nor enclave is known: then every enclave would do.
Status check_expected(const ExpectedEnclave& enclave);

/// "cosigner.attestation-policy/1".
std::string to_policy_text(const ExpectedEnclave& enclave, const std::string& name);

/// An operator's policy, narrowed to this enclave: both have to be content. Fails with usage.policy_invalid when it does not
/// read, when it excludes that very enclave, and when it would do without revocation lists or let a DEBUG enclave sign: trust
/// checks cannot be waived (threats A6).
Result<std::string> narrowed_policy_text(std::string_view policy, const ExpectedEnclave& enclave);

}  // namespace cosigner::attest
