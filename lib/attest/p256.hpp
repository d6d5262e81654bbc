// ECDSA over P-256 with SHA-256, the only signature in DCAP evidence (facts of DCAP, head and section 4).
//
// The key is built from its coordinates: OpenSSL's decoder for public keys costs more than two signature checks (section 9).
// OpenSSL refuses a point off the curve or at infinity, and r or s outside 1..n-1. The twin (r, n-s) of a signature is accepted,
// as everywhere: bytes of a quote are no replay key, its report data is.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cosigner::attest {

class P256Key {
 public:
  /// `xy`: 64 bytes X||Y, big-endian. Nothing when that is no point of the curve.
  static std::optional<P256Key> from_coordinates(std::string_view xy);

  /// `signature`: 64 bytes r||s, as quotes and collateral carry it.
  bool verifies(std::string_view message, std::string_view signature) const;
  /// `signature`: DER, as certificates and revocation lists carry it. OpenSSL demands its one canonical encoding.
  bool verifies_der(std::string_view message, std::string_view signature) const;

 private:
  explicit P256Key(std::shared_ptr<void> point) : point_(std::move(point)) {}
  std::shared_ptr<void> point_;
};

}  // namespace cosigner::attest
