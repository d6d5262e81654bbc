#include "attest/policy.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/encoding.hpp"

namespace cosigner::attest {
namespace {

using Violations = std::vector<Violation>;

template <class T>
bool contains(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool is_in_platform_grace(const Grace& grace, const PolicySubject& subject) {
  return subject.at <= grace.until && subject.evaluation.platform_date + grace.platform >= subject.at;
}

void check_status(const Policy& policy, const PolicySubject& subject, Violations& out) {
  const TcbStatus status = subject.evaluation.status;
  const std::string name(name_of(status));
  if (status == TcbStatus::revoked) {
    out.push_back({"tcb_status", "Revoked is never acceptable"});
  } else if (!contains(policy.accepted_statuses, status)) {
    out.push_back({"tcb_status", name + " is not accepted"});
  } else if (status == TcbStatus::out_of_date && policy.grace && policy.grace->platform.count() > 0 &&
             !is_in_platform_grace(*policy.grace, subject)) {
    out.push_back(
        {"platform_grace", "OutOfDate since a TCB of " + to_date(subject.evaluation.platform_date) + ", and the grace is over"});
  }
}

void check_advisories(const Policy& policy, const PolicySubject& subject, Violations& out) {
  for (const std::string& id : subject.evaluation.advisories) {
    if (contains(policy.rejected_advisories, id))
      out.push_back({"advisory_rejected", id + " is rejected"});
    else if (policy.accepted_advisories && !contains(*policy.accepted_advisories, id))
      out.push_back({"advisory_not_accepted", id + " is not among the accepted advisories"});
  }
  const auto least = policy.minimum_evaluation_number;
  const auto number = subject.evaluation.evaluation_number;
  if (least && number < *least)
    out.push_back({"evaluation_number", std::to_string(number) + " is below the demanded " + std::to_string(*least)});
}

void check_sgx(const Policy& policy, const SgxReport& report, Violations& out) {
  if (!policy.mrenclave.empty() && !contains(policy.mrenclave, report.mrenclave))
    out.push_back({"mrenclave", to_hex(report.mrenclave) + " is not an expected enclave"});
  if (!policy.mrsigner.empty() && !contains(policy.mrsigner, report.mrsigner))
    out.push_back({"mrsigner", to_hex(report.mrsigner) + " is not an expected signer"});
  if (policy.isvprodid && report.isvprodid != *policy.isvprodid)
    out.push_back({"isvprodid", std::to_string(report.isvprodid) + " is not the demanded " + std::to_string(*policy.isvprodid)});
  if (policy.minimum_isvsvn && report.isvsvn < *policy.minimum_isvsvn)
    out.push_back({"isvsvn", std::to_string(report.isvsvn) + " is below the demanded " + std::to_string(*policy.minimum_isvsvn)});
  if (!policy.mrtd.empty()) out.push_back({"mrtd", "a trust domain is demanded, and this is an SGX enclave"});
}

void check_tdx(const Policy& policy, const TdReport& report, Violations& out) {
  if (!policy.mrtd.empty() && !contains(policy.mrtd, report.mrtd))
    out.push_back({"mrtd", to_hex(report.mrtd) + " is not an expected trust domain"});
  const bool wants_enclave = !policy.mrenclave.empty() || !policy.mrsigner.empty() || policy.isvprodid || policy.minimum_isvsvn;
  if (wants_enclave) out.push_back({"mrenclave", "an SGX enclave is demanded, and this is a trust domain"});
}

void check_platform(const Policy& policy, const PckExtension& platform, Violations& out) {
  if (!policy.allow_dynamic_platform && platform.dynamic_platform.value_or(false))
    out.push_back({"dynamic_platform", "packages may be added to this platform"});
  if (!policy.allow_cached_keys && platform.cached_keys.value_or(false))
    out.push_back({"cached_keys", "Intel keeps this platform's root keys"});
  if (!policy.allow_smt && platform.smt_enabled.value_or(false)) out.push_back({"smt", "simultaneous multithreading is on"});
  if (policy.sgx_types && !contains(*policy.sgx_types, platform.sgx_type))
    out.push_back({"sgx_type", "SGX type " + std::to_string(platform.sgx_type) + " is not accepted"});
  if (!policy.platforms.empty() && !contains(policy.platforms, platform_id(platform)))
    out.push_back({"platform", platform_id(platform) + " is not a listed platform"});
}

}  // namespace

std::vector<Violation> find_violations(const Policy& policy, const PolicySubject& subject) {
  Violations out;
  check_status(policy, subject, out);
  check_advisories(policy, subject, out);
  const bool debug = subject.sgx != nullptr ? subject.sgx->is_debug() : subject.tdx->is_debug();
  if (debug && !policy.allow_debug) out.push_back({"debug", "it runs in debug mode: its memory is open to the host"});
  if (subject.sgx != nullptr)
    check_sgx(policy, *subject.sgx, out);
  else
    check_tdx(policy, *subject.tdx, out);
  check_platform(policy, subject.platform, out);
  return out;
}

std::chrono::seconds collateral_grace(const Policy& policy, Time at) {
  return policy.grace && at <= policy.grace->until ? policy.grace->collateral : std::chrono::seconds(0);
}

Time good_until(const Policy& policy, const PolicySubject& subject, Time evidence_until) {
  const Time end = evidence_until < subject.at ? evidence_until + collateral_grace(policy, subject.at) : evidence_until;
  if (!policy.grace) return end;
  if (evidence_until < subject.at) return std::min(end, policy.grace->until);
  if (subject.evaluation.status != TcbStatus::out_of_date || policy.grace->platform.count() == 0) return end;
  return std::min({end, policy.grace->until, subject.evaluation.platform_date + policy.grace->platform});
}

std::string platform_id(const PckExtension& platform) { return sha256_hex(platform.ppid); }

}  // namespace cosigner::attest
