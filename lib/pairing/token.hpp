// The pairing token's grammar: what can be said about a token before it is spent.
//
// A token is a JWT that lives one hour (facts 10, O3): three base64url parts, header and payload are JSON objects, the claim
// `userId` is a GUID. Nothing here verifies the signature: only the gateway can.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

namespace cosigner::pairing {

/// A token that old or older will hardly live long enough: say so with the time that is left.
inline constexpr std::chrono::minutes token_lifetime{60};
inline constexpr std::chrono::minutes token_warning_age{55};
inline constexpr std::size_t token_size_limit = 8 * 1024;  // bytes
inline constexpr const char* fresh_token_remedy =
    "Copy a fresh pairing token from the Console (it lives one hour) and run `sudo cosigner pair`, which asks for it.";

struct TokenFacts {
  std::string user_id;  // GUID in lower case
  std::string tail;     // the last six characters, for telling two tokens apart
  std::optional<Time> issued;
  std::optional<Time> expires;

  /// "user 1234…, token …a1b2c3": all that a screen or a journal may carry.
  std::string shown() const;
};

/// Reads the grammar only: the parts, the claim, and that the signature is as long as its algorithm makes it (RFC 7518 section
/// 3): a token that lost its last characters on the way is seen here, and not by the gateway minutes later. An unknown algorithm
/// is not judged. Fails with `pairing.token_malformed`; the token never appears in the error.
Result<TokenFacts> parse_token(const Secret& token);

/// parse_token, and refuses what has ended. Fails with `pairing.token_malformed` or `pairing.token_expired`.
Result<TokenFacts> check_token(const Secret& token, Time now);

/// A sentence with the absolute end when the token is older than token_warning_age; empty when there is time.
std::string token_warning(const TokenFacts& token, Time now);

/// 8-4-4-4-12 hexadecimal digits.
bool is_guid(std::string_view text);

}  // namespace cosigner::pairing
