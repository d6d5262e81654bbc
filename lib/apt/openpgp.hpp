// Keys of package sources, read without gpg: which keys a file holds, how long they are good, and whether one signed an index.
//
// Only version 4 RSA keys; what a key says about itself (user id, expiry, signing subkeys) counts only with its own verified signature.
// Errors: `apt.key_unreadable`; signatures: `apt.index_unsigned`, `apt.index_signature_invalid`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apt/openpgp_packets.hpp"
#include "apt/openpgp_signature.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "base/untrusted.hpp"

namespace cosigner::apt {

struct SigningSubkey {
  RsaKey rsa;
  Time created{};
  std::optional<Time> expires;
};

/// One primary key with what was proved of it.
struct PublicKey {
  std::string fingerprint;  // 40 hex digits, upper case
  RsaKey rsa;
  int bits = 0;
  Time created{};
  std::optional<Time> expires;  // by the newest valid self-signature
  bool revoked = false;
  bool usable = false;  // RSA, and at least one user id with a valid self-signature
  Untrusted user_id;
  std::vector<SigningSubkey> subkeys;
  std::vector<Packet> canonical;  // primary, user id, its self-signature, signing subkeys with their bindings

  bool is_expired(Time now) const { return expires && *expires <= now; }
};

/// All primary keys of an armoured or binary file, in its order.
Result<std::vector<PublicKey>> read_public_keys(std::string_view file);

/// A binary keyring that holds this key and nothing else; the same bytes for the same key, whatever else its file held.
std::string to_keyring(const PublicKey& key);

/// Checks a detached signature (armoured or binary) over `data` by `key` or one of its signing subkeys.
/// Fails with `apt.index_signature_invalid`.
Status verify_detached(const PublicKey& key, std::string_view data, std::string_view signature, Time now);

/// Checks a clear-signed text (InRelease) and gives the text that was signed. Anything before or after the one message is refused.
/// Fails with `apt.index_unsigned` (not a clear-signed text) or `apt.index_signature_invalid`.
Result<std::string> verify_clearsigned(const PublicKey& key, std::string_view text, Time now);

}  // namespace cosigner::apt
