// Intel's identity of its quoting enclaves (facts of DCAP, section 3), and whether a QE report fits it (section 4, step 9).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "attest/report_body.hpp"
#include "attest/tcb_info.hpp"

namespace cosigner::attest {

struct QeIdentity {
  std::string id;  // "QE", "TD_QE"; others are other enclaves
  Window window;
  std::uint32_t evaluation_number = 0;
  std::string miscselect, miscselect_mask;  // 4, in memory order
  std::string attributes, attributes_mask;  // 16
  std::string mrsigner;                     // 32
  std::uint16_t isvprodid = 0;
  std::vector<EnclaveLevel> levels;
};

/// `inner`: bytes whose signature was checked. Version 2, levels falling, at least one. Fails with qe_identity_invalid.
Result<QeIdentity> read_qe_identity(std::string_view inner);

/// Steps 9.1 to 9.4, one each; they fail with qe_identity_mismatch. The mask goes over the report; the identity's value stands as
/// it is.
Status check_qe_miscselect(const SgxReport& report, const QeIdentity& identity);
Status check_qe_attributes(const SgxReport& report, const QeIdentity& identity);
Status check_qe_mrsigner(const SgxReport& report, const QeIdentity& identity);
Status check_qe_isvprodid(const SgxReport& report, const QeIdentity& identity);

/// Whether `value`, with `mask` over it, is `wanted`. All three of one length.
bool is_masked(std::string_view value, std::string_view mask, std::string_view wanted);

}  // namespace cosigner::attest
