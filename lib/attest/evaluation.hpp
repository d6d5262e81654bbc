// TCB evaluation (facts of DCAP, section 5; step 11). Pure: levels and versions in, verdict out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attest/pck_extension.hpp"
#include "attest/qe_identity.hpp"
#include "attest/report_body.hpp"
#include "attest/tcb_info.hpp"

namespace cosigner::attest {

/// Step 11.1. The first level that all 16 components and the PCESVN of the PCK certificate reach (not those of quote or report);
/// for TDX also the components in `tee_tcb_svn` (empty for SGX), from index 2 on if the module's major version is above 0. Null:
/// none fits.
const PlatformLevel* find_platform_level(const TcbInfo& info, const Components& components, std::uint16_t pcesvn,
                                         std::string_view tee_tcb_svn);

/// Step 11.2, 11.3. The first level that this security version reaches. Null: none fits.
const EnclaveLevel* find_enclave_level(const std::vector<EnclaveLevel>& levels, std::uint16_t isvsvn);

/// Step 11.3. The module that the TD report names must be one of Intel's list, with the list's signer and attributes. Gives its
/// level, null for major version 0, which has none. Fails with tdx_module_mismatch or tcb_not_supported.
Result<const EnclaveLevel*> find_module_level(const TcbInfo& info, const TdReport& report, std::string_view tee_tcb_svn);

struct Evaluation {
  TcbStatus status = TcbStatus::revoked;
  TcbStatus platform_status = TcbStatus::revoked, qe_status = TcbStatus::revoked;
  std::optional<TcbStatus> module_status;
  std::vector<std::string> advisories;  // of all matched levels, sorted, without repeats
  Time tcb_date{};                      // the earliest of all matched levels
  Time platform_date{};                 // of the platform's level
  std::uint32_t evaluation_number = 0;  // the lower one of TCB info and QE identity
};

/// Fails with tcb_not_supported or tdx_module_mismatch. `report`: null for SGX. With a TD 1.5 report the second set of versions
/// is evaluated too: when only the first is out of date, the verdict is TDRelaunchAdvised.
Result<Evaluation> evaluate(const TcbInfo& info, const QeIdentity& identity, const PckExtension& platform,
                            std::uint16_t qe_isvsvn, const TdReport* report);

}  // namespace cosigner::attest
