// Intel's SGX extension of a PCK certificate, OID 1.2.840.113741.1.13.1 (facts of DCAP, section 2.1): what the platform is.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "attest/refusal.hpp"

namespace cosigner::attest {

struct PckExtension {
  std::string ppid;    // 16
  std::string cpusvn;  // 16
  std::string pceid;   // 2
  std::string fmspc;   // 6
  std::array<std::uint8_t, 16> components{};
  std::uint16_t pcesvn = 0;
  int sgx_type = 0;                              // 0 standard, 1 scalable, 2 scalable with integrity
  std::optional<std::string> platform_instance;  // 16; Platform CA only, as are the three flags
  std::optional<bool> dynamic_platform, cached_keys, smt_enabled;
};

/// The extension's value (DER). Pairs in any order; .1 to .5 once each, the 18 TCB entries once each, exact lengths, nothing
/// after them. Members of Intel's arc that are not known yet are passed over; anything else is refused. Fails with chain_invalid.
Result<PckExtension> read_pck_extension(std::string_view der);

}  // namespace cosigner::attest
