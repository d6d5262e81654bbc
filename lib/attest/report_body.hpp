// The fields of an SGX report body (384 bytes) and of a TD report (584 or more), by the offsets of facts of DCAP, sections 1.2
// and 1.4. Owned copies: they go into the result once everything before has passed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "attest/quote.hpp"

namespace cosigner::attest {

/// Raw bytes throughout; integers where the format has them.
struct SgxReport {
  std::string cpusvn, miscselect, attributes, mrenclave, mrsigner, report_data;
  std::uint16_t isvprodid = 0, isvsvn = 0;
  bool is_debug() const { return (static_cast<unsigned char>(attributes[0]) & 0x02u) != 0; }
};

struct TdReport {
  std::string tee_tcb_svn, mrseam, mrsignerseam, seam_attributes, td_attributes, xfam, mrtd, mrconfigid, mrowner, mrownerconfig,
      report_data;
  std::array<std::string, 4> rtmr;
  std::optional<std::string> tee_tcb_svn2, mrservicetd;  // TD 1.5
  bool is_debug() const { return (static_cast<unsigned char>(td_attributes[0]) & 0x01u) != 0; }
};

/// `body` has the size of its kind: parse_quote saw to that.
SgxReport read_sgx_report(std::string_view body);
TdReport read_td_report(std::string_view body, BodyKind kind);

}  // namespace cosigner::attest
