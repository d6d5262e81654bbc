// Verification of DCAP evidence, to the letter of facts of DCAP, section 4. Pure: bytes, policy and one time value in, result
// out.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "attest/attestation.hpp"

namespace cosigner::attest {

struct Question {
  Time at{};  // every date is compared with it
  const TrustRoot& root;
  const Policy& policy;
  std::optional<std::string> report_data;  // the 64 bytes that are demanded (bound_report_data)
  std::optional<std::string> platform;     // the platform_id that was pinned (threats A2)
  std::optional<Time> clock_floor;         // not with a time that the operator names
  const Marks* seen = nullptr;             // the same
};

/// What the co-signer binds: SHA-256(nonce ‖ public key in DER) and 32 zero bytes (contracts, section 6; threats A1).
std::string bound_report_data(std::string_view nonce, std::string_view public_key_der);

/// Everything anew, nothing kept: what `setup` uses.
Attestation verify(std::string_view quote, const CollateralTexts& collateral, const Question& question);

/// Collateral whose signatures were checked once, for many quotes of platforms under one PCK CA. Kept are signatures and parsed
/// forms, nothing else: dates, revocation, levels and policy are judged for each quote at its own time.
class VerifiedCollateral {
 public:
  enum class Leaf { verify_anew, keep };

  /// From the collateral and one quote (or pck_chain), whose PCK CA is what later quotes must have. With Leaf::keep the signature
  /// of that quote's PCK certificate is not checked again when the same certificate comes back. Fails as verify would refuse.
  static Result<VerifiedCollateral> from(std::string_view quote, const CollateralTexts& collateral, const TrustRoot& root,
                                         Leaf leaf = Leaf::verify_anew);

  /// `question.root` must be the root that it was made with. Refuses with collateral_unavailable what needs other collateral.
  Attestation verify(std::string_view quote, const Question& question) const;

 private:
  VerifiedCollateral() = default;
  std::shared_ptr<const AuthenticCollateral> collateral_;
  std::shared_ptr<const PckLeaf> leaf_;
  std::optional<std::string> pck_chain_;
  std::string root_sha256_;
};

}  // namespace cosigner::attest
