// A quote decoded and not verified, for looking at it (`attest show`). Every form of it says so; nothing of it is fit for a
// decision.
#pragma once

#include <string>
#include <string_view>

#include "attest/refusal.hpp"

namespace cosigner::attest {

/// Fails as parse_quote. JSON: "cosigner.quote/1".
Result<std::string> unverified_text(std::string_view quote);
Result<std::string> unverified_document(std::string_view quote);

}  // namespace cosigner::attest
