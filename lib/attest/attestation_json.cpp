#include <nlohmann/json.hpp>

#include "attest/attestation.hpp"
#include "base/encoding.hpp"
#include "base/json.hpp"

namespace cosigner::attest {
namespace {

using nlohmann::json;

json report_of(const SgxReport& report) {
  return {{"mrenclave", to_hex(report.mrenclave)},
          {"mrsigner", to_hex(report.mrsigner)},
          {"isvprodid", report.isvprodid},
          {"isvsvn", report.isvsvn},
          {"attributes", to_hex(report.attributes)},
          {"miscselect", to_hex(report.miscselect)},
          {"debug", report.is_debug()},
          {"report_data", to_hex(report.report_data)},
          {"cpusvn", to_hex(report.cpusvn)}};
}

json report_of(const TdReport& report) {
  json out = {{"tee_tcb_svn", to_hex(report.tee_tcb_svn)},
              {"mrseam", to_hex(report.mrseam)},
              {"mrsignerseam", to_hex(report.mrsignerseam)},
              {"seam_attributes", to_hex(report.seam_attributes)},
              {"td_attributes", to_hex(report.td_attributes)},
              {"xfam", to_hex(report.xfam)},
              {"mrtd", to_hex(report.mrtd)},
              {"mrconfigid", to_hex(report.mrconfigid)},
              {"mrowner", to_hex(report.mrowner)},
              {"mrownerconfig", to_hex(report.mrownerconfig)},
              {"report_data", to_hex(report.report_data)},
              {"debug", report.is_debug()}};
  for (std::size_t i = 0; i < 4; ++i) out["rtmr" + std::to_string(i)] = to_hex(report.rtmr[i]);
  out["tee_tcb_svn2"] = report.tee_tcb_svn2 ? json(to_hex(*report.tee_tcb_svn2)) : json();
  out["mrservicetd"] = report.mrservicetd ? json(to_hex(*report.mrservicetd)) : json();
  return out;
}

json flag_of(const std::optional<bool>& flag) { return flag ? json(*flag) : json(); }

json pck_of(const Verified& verified) {
  const PckExtension& platform = verified.platform;
  return {{"ca", name_of(verified.ca)},
          {"fmspc", to_hex(platform.fmspc)},
          {"pceid", to_hex(platform.pceid)},
          {"pcesvn", platform.pcesvn},
          {"cpusvn", to_hex(platform.cpusvn)},
          {"sgx_type", platform.sgx_type},
          {"dynamic_platform", flag_of(platform.dynamic_platform)},
          {"cached_keys", flag_of(platform.cached_keys)},
          {"smt_enabled", flag_of(platform.smt_enabled)},
          {"platform_id", platform_id(platform)}};
}

/// What only a verified result has; all of it null (or empty) in a refusal.
void add_verified(json& out, const Verified* verified) {
  out["tcb_status"] = verified ? json(name_of(verified->evaluation.status)) : json();
  out["advisory_ids"] = verified ? json(verified->evaluation.advisories) : json::array();
  out["tcb_date"] = verified ? json(to_iso(verified->evaluation.tcb_date)) : json();
  out["tcb_evaluation_number"] = verified ? json(verified->evaluation.evaluation_number) : json();
  out["valid_from"] = verified ? json(to_iso(verified->window.from)) : json();
  out["valid_until"] = verified ? json(to_iso(verified->window.until)) : json();
  out["tee"] = verified ? json(name_of(verified->tee)) : json();
  out["quote_version"] = verified ? json(verified->quote_version) : json();
  out["report"] = !verified ? json() : verified->sgx ? report_of(*verified->sgx) : report_of(*verified->tdx);
  out["pck"] = verified ? pck_of(*verified) : json();
}

}  // namespace

std::string to_json_document(const Attestation& attestation) {
  json violations = json::array();
  for (const Violation& each : attestation.violations) violations.push_back({{"rule", each.rule}, {"detail", each.detail}});
  json steps = json::array();
  for (const Step& each : attestation.steps)
    steps.push_back({{"id", each.id}, {"title", each.title}, {"result", name_of(each.result)}, {"evidence", each.evidence}});
  json out = {
      {"schema", "cosigner.attestation/1"},
      {"time", to_iso(attestation.at)},
      {"verified", attestation.is_verified()},
      {"refusal", attestation.refusal ? json(name_of(*attestation.refusal)) : json()},
      {"policy",
       {{"accepted", attestation.is_accepted()}, {"name", attestation.policy_name}, {"violations", std::move(violations)}}},
      {"root", {{"kind", attestation.is_custom_root ? "custom" : "intel"}, {"sha256", attestation.root_sha256}}},
      {"steps", std::move(steps)}};
  add_verified(out, attestation.verified ? &*attestation.verified : nullptr);
  return to_json_line(out);
}

}  // namespace cosigner::attest
