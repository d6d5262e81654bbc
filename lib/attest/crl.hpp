// A certificate revocation list (facts of DCAP, sections 3.1 and 4, step 3). Reading proves nothing; its signature is checked by
// is_signed_by.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attest/certificate.hpp"

namespace cosigner::attest {

struct Crl {
  std::string signed_content;
  std::string signature;  // DER of r and s
  std::string issuer;     // DER name
  Time this_update{}, next_update{};
  std::string number;                // unsigned big-endian without leading zeros; empty: the list has none
  std::vector<std::string> revoked;  // serials like Certificate::serial, sorted

  bool lists(const Certificate& certificate) const;
};

constexpr std::size_t crl_size_limit = 1024 * 1024;

/// DER, PEM or hex digits of the DER, told apart by the first byte; one NUL byte at the end is taken off. Version 2,
/// ecdsa-with-SHA256, nextUpdate demanded, no critical extension (a partial or indirect list would mean something else), every
/// entry read to the last. Fails with crl_invalid; `which` names the list in the message.
Result<Crl> read_crl(std::string_view bytes, std::string_view which);

}  // namespace cosigner::attest
