#include "attest/advice.hpp"

namespace cosigner::attest {
namespace {

bool has(const std::vector<std::string>& list, const std::string& value) {
  for (const std::string& each : list) {
    if (each == value) return true;
  }
  return false;
}

/// INTEL-SA-00615 asks for firmware and microcode (facts, sgx-host and dcap): the status changes only after a reboot with fresh
/// certificates.
std::string cure_of(const Verified& verified) {
  const Evaluation& evaluation = verified.evaluation;
  switch (evaluation.status) {
    case TcbStatus::out_of_date:
    case TcbStatus::out_of_date_configuration_needed:
      return std::string("Update the firmware") + (has(evaluation.advisories, "INTEL-SA-00615") ? " (INTEL-SA-00615)" : "") +
             ", reboot, and clear the cache of the quote provider.";
    case TcbStatus::configuration_needed:
    case TcbStatus::configuration_and_sw_hardening_needed:
      return "Set the firmware as the advisories say (often: hyper-threading off), or accept the status by a policy.";
    case TcbStatus::td_relaunch_advised:
    case TcbStatus::td_relaunch_advised_configuration_needed:
      return "Start the trust domain again: the platform below it was updated.";
    case TcbStatus::revoked: return "Take this machine out of service.";
    default: return "Compare the policy with what was found, or use another enclave.";
  }
}

}  // namespace

std::string advice_about(const Attestation& attestation) {
  if (!attestation.is_verified()) return std::string(remedy_of(*attestation.refusal));
  return attestation.is_accepted() ? std::string() : cure_of(*attestation.verified);
}

Error to_error(const Attestation& attestation) {
  const std::string root = attestation.is_custom_root ? " under a CUSTOM ROOT" : "";
  if (!attestation.is_verified())
    return make_error("attest." + std::string(name_of(*attestation.refusal)),
                      "the co-signer's evidence is refused" + root + ": " + attestation.refusal_rule, advice_about(attestation));
  std::string list;
  for (const Violation& each : attestation.violations) list += (list.empty() ? "" : "; ") + each.rule + ": " + each.detail;
  return make_error("attest.policy_violated", "the co-signer's evidence is genuine" + root + ", and not acceptable: " + list,
                    advice_about(attestation));
}

}  // namespace cosigner::attest
