// The steps about the quote itself (facts of DCAP, section 4, steps 7 to 10).
#pragma once

#include "attest/chain.hpp"
#include "attest/qe_identity.hpp"
#include "attest/quote.hpp"
#include "attest/steps.hpp"

namespace cosigner::attest {

/// Steps 7, 8.1, 8.2, 9.1 to 9.4, 10.1, 10.2. Gives the QE's report.
/// Fails with qe_report_signature, qe_binding, qe_identity_mismatch or quote_signature.
Result<SgxReport> prove_quote(const Quote& quote, const PckLeaf& leaf, const QeIdentity& identity, Steps& steps);

}  // namespace cosigner::attest
