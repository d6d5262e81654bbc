#include "attest/attestation.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"

namespace cosigner::attest {
namespace {

std::string mark_of(StepResult result) {
  if (result == StepResult::pass) return "ok   ";
  return result == StepResult::fail ? "FAIL " : "-    ";
}

/// "2.3" hangs under "2"; steps without a point stand for themselves.
std::string line_of(const Step& step) {
  const bool is_below = step.id.find('.') != std::string_view::npos;
  std::string id = (is_below ? "  " : "") + std::string(step.id);
  id.resize(7, ' ');
  return "  " + mark_of(step.result) + id + std::string(step.title) + (step.evidence.empty() ? "" : ": " + step.evidence) + "\n";
}

std::string identity_of(const Verified& verified) {
  if (verified.tdx) return "  trust domain " + to_hex(verified.tdx->mrtd) + (verified.tdx->is_debug() ? " (DEBUG)" : "") + "\n";
  return "  enclave  " + to_hex(verified.sgx->mrenclave) + (verified.sgx->is_debug() ? " (DEBUG)" : "") + "\n  signer   " +
         to_hex(verified.sgx->mrsigner) + ", product " + std::to_string(verified.sgx->isvprodid) + ", version " +
         std::to_string(verified.sgx->isvsvn) + "\n";
}

std::string root_note(const Attestation& attestation) {
  return attestation.is_custom_root ? " under a CUSTOM ROOT, which is not Intel's" : "";
}

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

std::string verdict_of(const Attestation& attestation) {
  if (!attestation.is_verified())
    return "REFUSED" + root_note(attestation) + " (" + std::string(name_of(*attestation.refusal)) +
           "): " + attestation.refusal_rule + ".\n  " + std::string(remedy_of(*attestation.refusal)) + "\n";
  const Verified& verified = *attestation.verified;
  const std::string status =
      std::string(name_of(verified.evaluation.status)) +
      (verified.evaluation.advisories.empty() ? "" : " (" + joined(verified.evaluation.advisories, ", ") + ")");
  if (attestation.is_accepted())
    return "ACCEPTED" + root_note(attestation) + ": the evidence is genuine, its TCB is " + status + ", valid until " +
           to_iso(verified.window.until) + ".\n";
  std::string text = "NOT ACCEPTED" + root_note(attestation) + ": the evidence is genuine, its TCB is " + status +
                     ", and policy \"" + attestation.policy_name + "\" refuses it:\n";
  for (const Violation& each : attestation.violations) text += "  " + each.rule + ": " + each.detail + "\n";
  return text + "  " + cure_of(verified) + "\n";
}

}  // namespace

std::string to_people_text(const Attestation& attestation) {
  std::string text = "Attestation evidence, judged for " + to_iso(attestation.at) + "\n";
  for (const Step& step : attestation.steps) text += line_of(step);
  if (attestation.verified) text += identity_of(*attestation.verified);
  return text + verdict_of(attestation);
}

}  // namespace cosigner::attest
