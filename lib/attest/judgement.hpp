// What is judged each time anew, however long ago signatures were checked: dates, revocation, whether the collateral is about
// this platform.
#pragma once

#include "attest/collateral.hpp"
#include "attest/verify.hpp"

namespace cosigner::attest {

/// Steps 2.5, 3.2, 3.3, 3.5, 3.6, 4.3, 5.3, 5.4, 6.3, 6.4 and N5. Gives the time in which all of it holds.
/// Fails with cert_*, crl_*, tcb_info_*, qe_identity_* or collateral_older_than_seen.
Result<Window> judge(const AuthenticCollateral& collateral, const PckLeaf& leaf, Tee tee, const Question& question, Steps& steps);

}  // namespace cosigner::attest
