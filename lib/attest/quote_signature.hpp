// The part of a quote after its report body (facts of DCAP, sections 1.3 to 1.5): signatures, keys, the QE's report,
// certification data.
#pragma once

#include "attest/quote.hpp"

namespace cosigner::attest {

/// Fills the signature fields of `quote`, whose version is set. `data` is exactly what the length before it announced.
/// Fails as parse_quote.
Status read_signature_data(std::string_view data, Quote& quote);

}  // namespace cosigner::attest
