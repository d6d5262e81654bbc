// Which key of a fetched file we believe: exactly one primary key, its fingerprint known beforehand, still good (threats M1).
//
// Errors: `apt.key_ambiguous` (more than one key), `apt.key_unknown` (another fingerprint), `apt.key_expired`, `apt.key_revoked`,
// `apt.key_unreadable`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apt/openpgp.hpp"

namespace cosigner::apt {

/// Hex digits only, upper case: "1504 34d1 …" becomes "150434D1…".
std::string plain_fingerprint(std::string_view text);

/// `accepted`: fingerprints in any spelling of plain_fingerprint.
Result<PublicKey> choose_key(std::string_view file, const std::vector<std::string>& accepted, Time now);

/// Whole days until the key ends, rounded down; nothing when it does not end.
std::optional<int> days_left(const PublicKey& key, Time now);

}  // namespace cosigner::apt
