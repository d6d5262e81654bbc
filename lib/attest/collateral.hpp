// Collateral as it comes in, and as it is once its signatures are checked (facts of DCAP, sections 3 and 4, steps 3 to 6).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "attest/chain.hpp"
#include "attest/crl.hpp"
#include "attest/qe_identity.hpp"
#include "attest/steps.hpp"
#include "attest/tcb_info.hpp"

namespace cosigner::attest {

/// Untrusted bytes. Absent is not the same as empty.
struct CollateralTexts {
  std::optional<std::string> tcb_info, qe_identity, tcb_signing_chain, pck_crl, root_crl;
  std::optional<std::string> pck_chain;  // only for quotes that carry none

  /// The member that a collateral folder keeps under this file name; null: no file of ours.
  std::optional<std::string>* find(std::string_view file_name);
};
/// The file names of a collateral folder, revocation lists once as .der and once as .pem (each may hold any of the three forms).
const std::vector<std::string_view>& collateral_file_names();

/// Signed by this authority. Fails with crl_invalid; `which` names the list in the message.
Result<Crl> authentic_crl(const std::string& bytes, const Certificate& issuer, std::string_view which);

/// The certificates of a PCK chain, cut and not yet verified: leaf, intermediate, root.
using PckChainBlocks = std::vector<std::string>;

/// Everything that does not depend on quote or time, its signatures checked. Dates, revocation and fitness are judged by
/// judgement.hpp, each time anew.
struct AuthenticCollateral {
  std::string sent_root;  // DER of the root in the PCK chain
  Window pck_root_window, signer_root_window;
  Intermediate intermediate;
  Certificate signer;
  std::optional<Crl> root_crl, pck_crl;  // nothing: not given
  TcbInfo tcb_info;
  QeIdentity qe_identity;
};

/// Steps 2.2 and 2.3: fills what comes from the PCK chain. Fails with untrusted_root or chain_invalid.
Status authenticate_pck_ca(const PckChainBlocks& chain, const TrustRoot& root, AuthenticCollateral& out, Steps& steps);

/// Steps 3.1, 3.4, 4.1, 4.2, 5.1, 5.2, 6.1, 6.2, after the PCK CA, whose list one of the revocation lists is.
/// Fails with untrusted_root, chain_invalid, crl_invalid, collateral_unavailable, tcb_info_invalid or qe_identity_invalid.
Status authenticate_texts(const CollateralTexts& texts, const TrustRoot& root, AuthenticCollateral& out, Steps& steps);

}  // namespace cosigner::attest
