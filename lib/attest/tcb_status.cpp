#include "attest/tcb_status.hpp"

namespace cosigner::attest {
namespace {

struct Row {
  TcbStatus status;
  std::string_view name;
  bool of_platform_level, of_enclave_level;
};
constexpr Row table[] = {
    {TcbStatus::up_to_date, "UpToDate", true, true},
    {TcbStatus::sw_hardening_needed, "SWHardeningNeeded", true, false},
    {TcbStatus::configuration_needed, "ConfigurationNeeded", true, false},
    {TcbStatus::configuration_and_sw_hardening_needed, "ConfigurationAndSWHardeningNeeded", true, false},
    {TcbStatus::out_of_date, "OutOfDate", true, true},
    {TcbStatus::out_of_date_configuration_needed, "OutOfDateConfigurationNeeded", true, false},
    {TcbStatus::td_relaunch_advised, "TDRelaunchAdvised", false, false},
    {TcbStatus::td_relaunch_advised_configuration_needed, "TDRelaunchAdvisedConfigurationNeeded", false, false},
    {TcbStatus::revoked, "Revoked", true, true},
};

const Row* find_row(std::string_view name) {
  for (const Row& row : table) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

}  // namespace

std::string_view name_of(TcbStatus status) { return table[static_cast<std::size_t>(status)].name; }

const std::vector<TcbStatus>& all_statuses() {
  static const std::vector<TcbStatus> all = [] {
    std::vector<TcbStatus> list;
    for (const Row& row : table) list.push_back(row.status);
    return list;
  }();
  return all;
}

std::optional<TcbStatus> find_status(std::string_view name) {
  const Row* row = find_row(name);
  return row == nullptr ? std::nullopt : std::optional(row->status);
}

std::optional<TcbStatus> find_platform_level_status(std::string_view name) {
  const Row* row = find_row(name);
  return row == nullptr || !row->of_platform_level ? std::nullopt : std::optional(row->status);
}

std::optional<TcbStatus> find_enclave_level_status(std::string_view name) {
  const Row* row = find_row(name);
  return row == nullptr || !row->of_enclave_level ? std::nullopt : std::optional(row->status);
}

TcbStatus converge(TcbStatus platform, TcbStatus enclave) {
  if (platform == TcbStatus::revoked || enclave == TcbStatus::revoked) return TcbStatus::revoked;
  if (enclave == TcbStatus::up_to_date) return platform;
  switch (platform) {
    case TcbStatus::configuration_needed:
    case TcbStatus::configuration_and_sw_hardening_needed:
    case TcbStatus::out_of_date_configuration_needed: return TcbStatus::out_of_date_configuration_needed;
    default: return TcbStatus::out_of_date;
  }
}

}  // namespace cosigner::attest
