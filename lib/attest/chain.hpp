// The two chains of DCAP evidence: leaf, PCK CA, root, and TCB signer, root (facts of DCAP, section 2 and section 4, steps 2 and
// 4).
//
// Signatures, names and roles only; dates and revocation are checked each time anew, by verify.cpp. Exactly three and two
// certificates in this order are demanded, as Intel does: a reversed chain, or one without root, is refused. A root in the chain
// must be the pinned one: the same certificate, or an older one with the same key whose own signature is good.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "attest/certificate.hpp"
#include "attest/pck_extension.hpp"
#include "attest/trust_root.hpp"
#include "attest/validity.hpp"

namespace cosigner::attest {

enum class PckCa { platform, processor };
std::string_view name_of(PckCa ca);  // "platform", "processor"

/// Blocks of a PEM chain, counted. Fails with chain_invalid.
Result<std::vector<std::string>> cut_chain(std::string_view pem, std::size_t count, std::string_view which);

/// Step 2.2, 4.1. Fails with untrusted_root (another key) or chain_invalid. Gives the dates of the root that was sent.
Result<Window> check_sent_root(std::string_view der, const TrustRoot& root);

struct Intermediate {
  Certificate certificate;
  PckCa ca = PckCa::platform;
};
/// Step 2.3. Fails with chain_invalid.
Result<Intermediate> authentic_intermediate(std::string_view der, const TrustRoot& root);

struct PckLeaf {
  Certificate certificate;
  PckExtension platform;
};
/// Steps 2.4 and 2.5. Fails with chain_invalid.
Result<PckLeaf> authentic_leaf(std::string_view der, const Certificate& intermediate);

/// Step 4.2. Fails with chain_invalid.
Result<Certificate> authentic_signer(std::string_view der, const TrustRoot& root);

inline Window window_of(const Certificate& certificate) { return {certificate.not_before, certificate.not_after}; }

}  // namespace cosigner::attest
