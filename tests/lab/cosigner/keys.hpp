// The few cryptographic things the stand-in needs, by OpenSSL: its RSA-2048 key, hashes, base64, one signature check.
#pragma once
#include <string>
#include <string_view>

namespace lab {

std::string make_private_key();                              // PEM; empty on failure
std::string public_key_pem(const std::string& private_pem);  // SubjectPublicKeyInfo, PEM
std::string public_key_der(const std::string& private_pem);
std::string sha256(std::string_view data);  // 32 bytes
std::string to_base64(std::string_view data);
std::string from_base64(std::string_view text);  // empty when it is not base64
std::string random_hex(std::size_t bytes);

// ECDSA P-256 / SHA-256 signature in DER under a PEM public key.
bool signature_holds(const std::string& public_pem, std::string_view data, std::string_view signature);

}  // namespace lab
