// The root that evidence must chain to: Intel's, pinned by its certificate and key (facts of DCAP, section 2), or another one
// that the caller names on purpose. There is no third way in: a chain's own root is only a hint.
#pragma once

#include <string>
#include <string_view>

#include "attest/certificate.hpp"

namespace cosigner::attest {

struct TrustRoot {
  Certificate certificate;
  bool is_custom = false;
  std::string sha256;  // of the DER certificate, hex
};

/// Intel SGX Root CA, 2018 to 2049.
const TrustRoot& intel_root();

/// For test hierarchies: one self-signed certificate authority, PEM. Fails with chain_invalid.
Result<TrustRoot> custom_root(std::string_view pem);

/// The custom root where a PEM is given, else Intel's. Fails as custom_root.
Result<TrustRoot> intel_or_custom_root(std::string_view pem);

}  // namespace cosigner::attest
