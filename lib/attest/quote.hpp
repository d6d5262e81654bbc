// A DCAP quote cut into its fields (facts of DCAP, section 1). Cutting proves nothing: every field is untrusted until the steps
// of verify.hpp have passed. All views point into the buffer that was parsed, which must outlive the Quote.
//
// Bytes after the signature data (padding, in the field also stray bytes) are signed by nobody: they are cut off here and reach
// nothing.
#pragma once

#include <cstdint>
#include <string_view>

#include "attest/refusal.hpp"

namespace cosigner::attest {

enum class Tee { sgx, tdx };
enum class BodyKind { sgx, td_10, td_15, td_15_extended };
/// Section 1.5; 4 (one leaf, never seen in the field), 7 (platform manifest) and all others are refused.
enum class CertificationKind { ppid_clear = 1, ppid_rsa2048 = 2, ppid_rsa3072 = 3, pck_chain = 5 };

struct Quote {
  std::uint16_t version = 0;  // 3, 4 or 5
  Tee tee = Tee::sgx;
  BodyKind body_kind = BodyKind::sgx;
  std::string_view body;                 // SGX report (384 bytes) or TD report (584 or more)
  std::string_view signed_bytes;         // header (and in version 5 body type and size) and body
  std::string_view signature;            // 64, r||s, over signed_bytes by the attestation key
  std::string_view attestation_key;      // 64, X||Y
  std::string_view qe_report;            // 384, the quoting enclave's own report
  std::string_view qe_report_signature;  // 64, r||s, over qe_report by the PCK key
  std::string_view qe_auth_data;
  CertificationKind certification_kind = CertificationKind::pck_chain;
  std::string_view certification_data;  // PEM for pck_chain
};

constexpr std::size_t quote_size_limit = 256 * 1024;  // real ones are 5 to 9 kB with their padding
constexpr std::size_t sgx_report_size = 384;

/// Steps 1.1 to 1.5. Fails with malformed_quote (a length that does not fit) or unsupported_quote (a value that is not
/// supported).
Result<Quote> parse_quote(std::string_view bytes);

std::string_view name_of(Tee tee);  // "SGX", "TDX"

}  // namespace cosigner::attest
