// The few cryptographic primitives that more than one room needs, by OpenSSL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace cosigner {

/// Raw 32-byte SHA-256; `sha256_hex` as 64 lower-case digits.
std::string sha256(std::string_view bytes);
std::string sha256_hex(std::string_view bytes);

/// A running SHA-256, for streams.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void add(std::string_view bytes);
  /// Hex digest of everything added; call once.
  std::string finish_hex();

 private:
  void* context_;
};

/// `count` bytes of the system's random generator. Fails with `base.random_unavailable`, which is fatal for the caller.
Result<std::string> random_bytes(std::size_t count);

/// A random (version 4) UUID in lower case. Fails as random_bytes.
Result<std::string> make_uuid();

/// The public half (PEM, SubjectPublicKeyInfo) of a fresh RSA-2048 key whose private half is wiped before this returns.
/// Fails with `base.key_generation_failed`.
Result<std::string> make_discarded_rsa_public_key();

/// Verifies an RSA PKCS#1 v1.5 signature over an already hashed message (OpenPGP needs the digest from outside).
/// `modulus`, `exponent` big-endian; `hash_name` as OpenSSL spells it ("SHA256", "SHA384", "SHA512").
bool verify_rsa_digest(std::string_view modulus, std::string_view exponent, std::string_view hash_name,
                       std::string_view digest, std::string_view signature);

/// Digest by OpenSSL's name ("SHA1", "SHA256", "SHA384", "SHA512"); empty when unknown.
std::string digest_of(std::string_view hash_name, std::string_view bytes);

}  // namespace cosigner
