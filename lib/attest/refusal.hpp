// Why evidence is refused. The names are part of the result document "cosigner.attestation/1" and never change their meaning.
//
// Inside the room a refusal travels as an Error with the code "attest.NAME": its message names the broken rule and holds no byte
// of the evidence that was not verified at that moment (facts of DCAP, section 4: nothing unverified leaks out).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace cosigner::attest {

enum class Refusal {
  malformed_quote,
  unsupported_quote,
  chain_invalid,
  untrusted_root,
  cert_not_yet_valid,
  cert_expired,
  cert_revoked,
  crl_missing,
  crl_invalid,
  crl_expired,
  crl_not_yet_valid,
  tcb_info_invalid,
  tcb_info_expired,
  tcb_info_mismatch,
  tcb_not_supported,
  qe_identity_invalid,
  qe_identity_expired,
  qe_identity_mismatch,
  qe_report_signature,
  qe_binding,
  quote_signature,
  tdx_module_mismatch,
  collateral_unavailable,
  collateral_older_than_seen,
  binding_mismatch,
  platform_mismatch,
  clock_below_floor,
};

const std::vector<Refusal>& all_refusals();
std::string_view name_of(Refusal refusal);
/// What to do about it: one imperative sentence.
std::string_view remedy_of(Refusal refusal);

/// The Error that stands for it. `rule` says what was broken.
Error refused(Refusal refusal, std::string rule);
/// Which refusal an Error of this room stands for; nothing for any other Error.
std::optional<Refusal> refusal_of(const Error& error);

}  // namespace cosigner::attest
