// A version 4 OpenPGP signature: its fields, the digest it stands for, and whether an RSA key made it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace cosigner::apt {

namespace signature_type {
inline constexpr int binary_document = 0x00;
inline constexpr int text_document = 0x01;
inline constexpr int certification_first = 0x10;  // to 0x13: generic, persona, casual, positive
inline constexpr int certification_last = 0x13;
inline constexpr int subkey_binding = 0x18;
inline constexpr int primary_binding = 0x19;
inline constexpr int direct_key = 0x1F;
inline constexpr int key_revocation = 0x20;
inline constexpr int subkey_revocation = 0x28;
}  // namespace signature_type

struct Signature {
  int type = -1;
  std::string hash_name;        // "SHA256"; empty: a hash that we do not use
  std::string hashed_header;    // from the version to the end of the hashed subpackets
  std::string digest_start;     // the two bytes for a quick look
  std::string rsa_value;
  Time created{};
  std::optional<std::uint32_t> key_valid_seconds;  // after the key's own creation; 0 or absent: for ever
  std::optional<std::uint32_t> valid_seconds;      // of this signature
  std::optional<std::uint32_t> key_flags;
  std::string embedded;         // body of a signature inside this one (back-signature of a signing subkey)
  bool has_unknown_critical = false;
};

/// Modulus and exponent, big-endian.
struct RsaKey {
  std::string modulus;
  std::string exponent;
};

/// Nothing when the body is not a well-formed version 4 RSA signature.
std::optional<Signature> parse_signature(std::string_view body);

/// True when `key` signed `data`. SHA-1 counts only where `allow_sha1` says so: for what a key says about itself, since the key is
/// held to a fingerprint anyway; never for an index.
bool is_made_by(const Signature& signature, const RsaKey& key, std::string_view data, bool allow_sha1);

/// Not in the future (a day of clock difference is forgiven) and not past its own end.
bool is_current(const Signature& signature, Time now);

}  // namespace cosigner::apt
