// Parts of a verification that need no quote: whether the identity of Intel's quoting enclave is genuine, and whether a PCK chain
// is.
#pragma once

#include <string_view>

#include "attest/collateral.hpp"
#include "attest/trust_root.hpp"

namespace cosigner::attest {

struct AuthenticQeIdentity {
  QeIdentity identity;
  Window window;  // of identity, signer and root CRL
};

/// Steps 3.1 to 3.3 for the signer, 4 and 6 of verify.hpp on qe_identity, tcb_signing_chain and root_crl. Fails with their
/// refusals.
Result<AuthenticQeIdentity> authentic_qe_identity(const CollateralTexts& texts, const TrustRoot& root, Time at);

struct AuthenticPck {
  PckLeaf leaf;
  PckCa ca = PckCa::platform;
};

/// Step 2 on the chain that a quote carries. Revocation is not looked at. Fails with its refusals, and collateral_unavailable
/// when the quote carries no chain.
Result<AuthenticPck> authentic_pck_of(std::string_view quote, const TrustRoot& root, Time at);

}  // namespace cosigner::attest
