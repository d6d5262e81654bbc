// TCB statuses and how two of them converge (facts of DCAP, section 5). Pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace cosigner::attest {

enum class TcbStatus {
  up_to_date,
  sw_hardening_needed,
  configuration_needed,
  configuration_and_sw_hardening_needed,
  out_of_date,
  out_of_date_configuration_needed,
  td_relaunch_advised,                       // of a verdict only, never of a level
  td_relaunch_advised_configuration_needed,  // the same
  revoked,
};

std::string_view name_of(TcbStatus status);  // as Intel spells it
const std::vector<TcbStatus>& all_statuses();
std::optional<TcbStatus> find_status(std::string_view name);

/// Statuses that a level may have in Intel's lists; nothing for any other text.
std::optional<TcbStatus> find_platform_level_status(std::string_view name);
std::optional<TcbStatus> find_enclave_level_status(std::string_view name);  // QE and TDX module

/// The platform's status, lowered by that of an enclave level (UpToDate, OutOfDate or Revoked).
TcbStatus converge(TcbStatus platform, TcbStatus enclave);

}  // namespace cosigner::attest
