// What a relying party demands beyond genuineness (facts of DCAP, section 7). A policy judges what was verified; it can make
// nothing verified. Revoked is never acceptable, grace always has an end date (threats A6), and an advisory that is not on the
// list of accepted ones counts as not accepted.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attest/evaluation.hpp"
#include "attest/pck_extension.hpp"
#include "attest/report_body.hpp"
#include "base/time.hpp"

namespace cosigner::attest {

struct Grace {
  Time until{};                        // from then on there is none
  std::chrono::seconds collateral{0};  // TCB info, QE identity and CRLs that ended at most so long ago are accepted
  std::chrono::seconds platform{0};    // OutOfDate is accepted when the matched level's date is at most so old
};

struct Policy {
  std::string name = "default";
  std::vector<TcbStatus> accepted_statuses = {TcbStatus::up_to_date, TcbStatus::sw_hardening_needed};
  bool allow_debug = false;
  bool require_crls = true;
  std::vector<std::string> mrenclave, mrsigner;  // raw, 32 bytes; empty: any. SGX
  std::optional<std::uint16_t> isvprodid, minimum_isvsvn;
  std::vector<std::string> mrtd;                                // raw, 48 bytes; empty: any. TDX
  std::optional<std::vector<std::string>> accepted_advisories;  // nothing: any but the rejected
  std::vector<std::string> rejected_advisories;
  std::optional<std::uint32_t> minimum_evaluation_number;
  std::optional<Grace> grace;
  bool allow_dynamic_platform = true, allow_cached_keys = true, allow_smt = true;
  std::optional<std::vector<int>> sgx_types;  // of the PCK extension
  std::vector<std::string> platforms;         // platform_id()s; empty: any
};

struct Violation {
  std::string rule;    // stable name: "tcb_status", "debug", …
  std::string detail;  // what was found and what is demanded
};

/// What a policy is asked about; every part of it is verified.
struct PolicySubject {
  Time at{};
  const Evaluation& evaluation;
  const PckExtension& platform;
  const SgxReport* sgx;  // exactly one of the two
  const TdReport* tdx;
};

/// Every violation, not only the first; none: accepted.
std::vector<Violation> find_violations(const Policy& policy, const PolicySubject& subject);

/// The collateral grace in force at that time.
std::chrono::seconds collateral_grace(const Policy& policy, Time at);

/// Until when a verdict under this policy may be used: the end of what it rests on, or with grace the end of that.
Time good_until(const Policy& policy, const PolicySubject& subject, Time evidence_until);

/// What names a platform for pinning and lists (threats A2): SHA-256 of the PPID in its verified PCK certificate, hex. Never of
/// the quote's header, which the platform's owner writes.
std::string platform_id(const PckExtension& platform);

}  // namespace cosigner::attest
