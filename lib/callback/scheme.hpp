// The five ways in which the co-signer trusts a callback handler (facts 8.1): which fields each wants, and since which image.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cosigner::callback {

enum class Scheme { public_key, certificate, root_ca, hybrid_certificate, hybrid_root_ca };

struct SchemeFacts {
  Scheme scheme;
  std::string_view name;   // as in the answers: "publicKey"
  std::string_view title;  // for people
  bool wants_key;          // messages are JWTs, and the handler's answers are verified by this key
  bool wants_certificate;  // the handler's certificate is pinned
  bool wants_root_ca;      // the handler's chain must end here
  std::string_view since;  // first image revision that knows it; empty: any
};

const std::vector<SchemeFacts>& scheme_table();
const SchemeFacts& facts_of(Scheme scheme);
std::optional<Scheme> parse_scheme(std::string_view name);

/// P-256 handler keys (ES256 answers) are understood from this image on (facts 8.2).
inline constexpr std::string_view p256_since = "2026.08.19";

/// Calendar revisions compare as dates ("2025.12.11"), older ones as numbers ("3.7.1"); a suffix after "-" does not count.
/// Nothing when either is not a revision: then nothing can be said.
std::optional<bool> is_at_least(std::string_view revision, std::string_view floor);

}  // namespace cosigner::callback
