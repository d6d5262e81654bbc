#include "attest/evaluation.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace cosigner::attest {
namespace {

std::uint8_t byte_at(std::string_view bytes, std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); }

bool reaches(const Components& have, const Components& level) {
  for (std::size_t i = 0; i < level.size(); ++i) {
    if (have[i] < level[i]) return false;
  }
  return true;
}

bool reaches_tdx(std::string_view tee_tcb_svn, const Components& level) {
  const std::size_t first = byte_at(tee_tcb_svn, 1) > 0 ? 2 : 0;  // the module's own levels judge its bytes
  for (std::size_t i = first; i < level.size(); ++i) {
    if (byte_at(tee_tcb_svn, i) < level[i]) return false;
  }
  return true;
}

Status check_module(const TdxModule& module, const TdReport& report) {
  if (report.mrsignerseam != module.mrsigner)
    return refused(Refusal::tdx_module_mismatch, "TD report: the TDX module is not signed by the listed signer");
  if (!is_masked(report.seam_attributes, module.attributes_mask, module.attributes))
    return refused(Refusal::tdx_module_mismatch, "TD report: the TDX module's attributes are not the listed ones");
  return {};
}

void take_in(Evaluation& out, const LevelVerdict& level) {
  out.advisories.insert(out.advisories.end(), level.advisories.begin(), level.advisories.end());
  std::sort(out.advisories.begin(), out.advisories.end());
  out.advisories.erase(std::unique(out.advisories.begin(), out.advisories.end()), out.advisories.end());
  out.tcb_date = std::min(out.tcb_date, level.date);
}

/// Platform and TDX module for one set of TEE_TCB_SVN, converged with the QE.
Result<Evaluation> evaluate_with(const TcbInfo& info, const EnclaveLevel& qe, const PckExtension& platform,
                                 const TdReport* report, std::string_view tee_tcb_svn) {
  const PlatformLevel* level = find_platform_level(info, platform.components, platform.pcesvn, tee_tcb_svn);
  if (level == nullptr) return refused(Refusal::tcb_not_supported, "the platform is below every level of the TCB info");
  Evaluation out;
  out.platform_status = level->verdict.status;
  out.qe_status = qe.verdict.status;
  out.platform_date = out.tcb_date = level->verdict.date;
  out.status = converge(out.platform_status, out.qe_status);
  take_in(out, level->verdict);
  take_in(out, qe.verdict);
  const EnclaveLevel* module = report == nullptr ? nullptr : TRY(find_module_level(info, *report, tee_tcb_svn));
  if (module == nullptr) return out;
  out.module_status = module->verdict.status;
  out.status = converge(out.status, module->verdict.status);
  take_in(out, module->verdict);
  return out;
}

bool is_out_of_date(TcbStatus status) {
  return status == TcbStatus::out_of_date || status == TcbStatus::out_of_date_configuration_needed;
}

/// TD 1.5: the second set tells what the platform runs by now. A TD that was started before an update is told to start again; a
/// second set that is revoked counts for the whole.
void advise_relaunch(Evaluation& first, const Evaluation& second) {
  if (second.status == TcbStatus::revoked) {
    first.status = TcbStatus::revoked;
  } else if (first.status == TcbStatus::out_of_date && !is_out_of_date(second.status)) {
    first.status = TcbStatus::td_relaunch_advised;
  } else if (first.status == TcbStatus::out_of_date_configuration_needed && !is_out_of_date(second.status)) {
    first.status = TcbStatus::td_relaunch_advised_configuration_needed;
  }
}

}  // namespace

const PlatformLevel* find_platform_level(const TcbInfo& info, const Components& components, std::uint16_t pcesvn,
                                         std::string_view tee_tcb_svn) {
  for (const PlatformLevel& level : info.levels) {
    if (!reaches(components, level.sgx) || pcesvn < level.pcesvn) continue;
    if (!tee_tcb_svn.empty() && !reaches_tdx(tee_tcb_svn, level.tdx)) continue;
    return &level;
  }
  return nullptr;
}

const EnclaveLevel* find_enclave_level(const std::vector<EnclaveLevel>& levels, std::uint16_t isvsvn) {
  for (const EnclaveLevel& level : levels) {
    if (level.isvsvn <= isvsvn) return &level;
  }
  return nullptr;
}

Result<const EnclaveLevel*> find_module_level(const TcbInfo& info, const TdReport& report, std::string_view tee_tcb_svn) {
  const EnclaveLevel* none = nullptr;
  const std::uint8_t major = byte_at(tee_tcb_svn, 1);
  if (major == 0) {
    if (!info.module) return refused(Refusal::tdx_module_mismatch, "TD report: the TCB info lists no TDX module");
    TRY(check_module(*info.module, report));
    return none;
  }
  const std::string id = "TDX_" + to_hex(tee_tcb_svn.substr(1, 1));
  for (const TdxModule& each : info.module_identities) {
    if (each.id.size() != id.size() || each.id.substr(0, 4) != "TDX_" || from_hex(each.id.substr(4)) != from_hex(id.substr(4)))
      continue;
    TRY(check_module(each, report));
    const EnclaveLevel* level = find_enclave_level(each.levels, byte_at(tee_tcb_svn, 0));
    if (level == nullptr) return refused(Refusal::tcb_not_supported, "the TDX module is below every level of its identity");
    return level;
  }
  return refused(Refusal::tdx_module_mismatch, "TD report: the TDX module's major version is not in Intel's list");
}

Result<Evaluation> evaluate(const TcbInfo& info, const QeIdentity& identity, const PckExtension& platform,
                            std::uint16_t qe_isvsvn, const TdReport* report) {
  const EnclaveLevel* qe = find_enclave_level(identity.levels, qe_isvsvn);
  if (qe == nullptr) return refused(Refusal::tcb_not_supported, "the quoting enclave is below every level of its identity");
  Evaluation out = TRY(evaluate_with(info, *qe, platform, report, report == nullptr ? std::string_view() : report->tee_tcb_svn));
  out.evaluation_number = std::min(info.evaluation_number, identity.evaluation_number);
  if (report == nullptr || !report->tee_tcb_svn2) return out;
  const auto second = evaluate_with(info, *qe, platform, report, *report->tee_tcb_svn2);
  if (second.ok()) advise_relaunch(out, *second);  // otherwise the first set's verdict stands as it is
  return out;
}

}  // namespace cosigner::attest
