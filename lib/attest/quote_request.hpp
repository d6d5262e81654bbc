// Asks the co-signer's executable for its public key and for a quote that answers a nonce (contracts, section 6, attestation mode
// "quote"). Whatever it prints is untrusted: it is parsed here, and judged by verify.hpp.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/untrusted.hpp"

namespace cosigner::attest {

/// Runs the executable with these arguments and gives what it printed. Fails as the engine fails, or when it did not end with 0.
using Executable = std::function<Result<Untrusted>(const std::vector<std::string>& arguments)>;

struct AskedQuote {
  std::string nonce;       // 32
  std::string public_key;  // DER
  std::string quote;
};

/// The one key that the text holds in PEM, as DER. Fails with attest.key_missing.
Result<std::string> find_public_key(std::string_view printed);
/// The one line that is the base64 of a quote. Fails with attest.quote_missing.
Result<std::string> find_quote(std::string_view printed);

/// Key first: the quote has to name it. How a co-signer hands out its quote is not public, so that the flag is the profile's; an
/// image without it ends with its usage, and is refused. Fails with the errors above and those of `executable`.
Result<AskedQuote> ask_for_quote(const Executable& executable, const std::string& quote_flag, std::string_view nonce);

}  // namespace cosigner::attest
