// Files of tests/fixtures, as far as targets need them whole: what was signed, and by whom.
#pragma once

#include <set>
#include <string>

#include "apt/openpgp.hpp"
#include "base/time.hpp"

namespace cosigner::fuzz {

/// Throws when there is no such file: the program was moved away from its tree.
std::string fixture(const std::string& name);

/// The key of tests/fixtures/openpgp/good.gpg, and a moment at which it is good.
const apt::PublicKey& fixture_key();
inline const Time fixture_time{std::chrono::seconds(1795687200)};  // 2026-11-26T10:00:00Z

/// Every text that was ever signed by that key, as a clear-signed message gives it back (no blanks at line ends, a line feed at
/// the end): nothing else may be accepted.
const std::set<std::string>& signed_texts();

}  // namespace cosigner::fuzz
