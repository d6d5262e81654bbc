#include "attest/advice.hpp"
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

std::string verdict_of(const Attestation& attestation) {
  if (!attestation.is_verified())
    return "REFUSED" + root_note(attestation) + " (" + std::string(name_of(*attestation.refusal)) +
           "): " + attestation.refusal_rule + ".\n  " + advice_about(attestation) + "\n";
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
  return text + "  " + advice_about(attestation) + "\n";
}

}  // namespace

std::string to_people_text(const Attestation& attestation) {
  std::string text = "Attestation evidence, judged for " + to_iso(attestation.at) + "\n";
  for (const Step& step : attestation.steps) text += line_of(step);
  if (attestation.verified) text += identity_of(*attestation.verified);
  return text + verdict_of(attestation);
}

}  // namespace cosigner::attest
