// A certificate of Intel's DCAP hierarchy, read with the rules that all of them keep (facts of DCAP, section 2). Reading proves
// nothing; chain.hpp checks signatures, names and roles.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "attest/p256.hpp"
#include "attest/refusal.hpp"
#include "base/time.hpp"

namespace cosigner::attest {

struct Certificate {
  std::string der;
  std::string signed_content;   // what the issuer signed
  std::string signature;        // DER of r and s
  std::string issuer, subject;  // DER names, compared byte for byte
  std::string common_name;      // of the subject
  std::string serial;           // unsigned big-endian without leading zeros
  Time not_before{}, not_after{};
  std::string key_coordinates;  // X||Y
  std::optional<P256Key> key;   // always there in what read_certificate gives
  bool is_ca = false;
  std::optional<long> path_length;
  bool may_sign_certificates = false, may_sign_lists = false;
  std::string sgx_extension;  // DER of its value; empty: none
};

/// Version 3, P-256 key, ecdsa-with-SHA256, no unknown critical extension, no extension twice, no serial below zero.
/// Fails with chain_invalid; `which` names the certificate in the message ("PCK leaf").
Result<Certificate> read_certificate(std::string_view der, std::string_view which);

}  // namespace cosigner::attest
