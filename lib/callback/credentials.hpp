// The PEM texts of a callback handler, read by OpenSSL: its public key, its certificate, the Root CA behind it.
//
// Errors: `callback.key_invalid`, `callback.certificate_invalid`, `callback.root_ca_invalid`: one for every broken rule.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace cosigner::callback {

/// RSA with 2048 bits, or P-256 where the image understands it. A certificate or a private key in its place is named as such.
std::vector<Error> check_public_key(const std::string& pem, bool p256_allowed);

/// In date, matches the host (DNS names or addresses of the SAN; the CN only when there is no DNS name), not a CA's.
std::vector<Error> check_certificate(const std::string& pem, const std::string& host, Time now);

/// In date and marked as a CA.
std::vector<Error> check_root_ca(const std::string& pem, Time now);

/// Why the served chain (leaf first) does not lead to the Root CA for this host at this time; empty when it does.
std::string why_chain_fails(const std::vector<std::string>& chain_pem, const std::string& root_ca_pem, const std::string& host, Time now);

/// SHA-256 over the DER form of the first certificate or public key in the text, as hex; nothing when there is none.
std::optional<std::string> fingerprint_of_pem(const std::string& pem);

/// "*.example.com" matches one label: leftmost, whole, never the registered name alone.
bool name_matches(const std::string& pattern, const std::string& host);

}  // namespace cosigner::callback
