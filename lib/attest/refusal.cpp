#include "attest/refusal.hpp"

namespace cosigner::attest {
namespace {

struct Row {
  Refusal refusal;
  std::string_view name;
  std::string_view remedy;
};

constexpr std::string_view code_prefix = "attest.";
constexpr std::string_view fetch_again = "Fetch the collateral again from Intel or your caching service, and verify again.";
constexpr std::string_view ask_again = "Make a new quote on the machine, and do not trust this one.";

// In the order of the enumeration: row_of() indexes it.
constexpr Row table[] = {
    {Refusal::malformed_quote, "malformed_quote", ask_again},
    {Refusal::unsupported_quote, "unsupported_quote",
     "Use a quote of version 3, 4 or 5 made by Intel's quoting enclave with an ECDSA P-256 key."},
    {Refusal::chain_invalid, "chain_invalid", "Do not trust this quote; have the platform fetch its PCK certificate again."},
    {Refusal::untrusted_root, "untrusted_root",
     "Do not trust this quote: it is not of Intel's making, or name its test root with --root-ca."},
    {Refusal::cert_not_yet_valid, "cert_not_yet_valid", "Correct the clock or the time given with --at."},
    {Refusal::cert_expired, "cert_expired", "Have the platform fetch its certificates again, or correct the clock."},
    {Refusal::cert_revoked, "cert_revoked",
     "Take this machine out of service: Intel revoked its certificate or a certificate above it."},
    {Refusal::crl_missing, "crl_missing", "Add the two revocation lists (pck_crl, root_ca_crl) to the collateral."},
    {Refusal::crl_invalid, "crl_invalid", fetch_again},
    {Refusal::crl_expired, "crl_expired", fetch_again},
    {Refusal::crl_not_yet_valid, "crl_not_yet_valid", "Correct the clock or the time given with --at."},
    {Refusal::tcb_info_invalid, "tcb_info_invalid", fetch_again},
    {Refusal::tcb_info_expired, "tcb_info_expired", "Fetch the TCB info again, or correct the clock."},
    {Refusal::tcb_info_mismatch, "tcb_info_mismatch", "Fetch the TCB info of this platform's FMSPC and of the quote's kind."},
    {Refusal::tcb_not_supported, "tcb_not_supported",
     "Update firmware and SGX software: Intel has no level as old as this platform."},
    {Refusal::qe_identity_invalid, "qe_identity_invalid", fetch_again},
    {Refusal::qe_identity_expired, "qe_identity_expired", "Fetch the QE identity again, or correct the clock."},
    {Refusal::qe_identity_mismatch, "qe_identity_mismatch",
     "Do not trust this quote: it was not made by Intel's quoting enclave for this kind of quote."},
    {Refusal::qe_report_signature, "qe_report_signature", ask_again},
    {Refusal::qe_binding, "qe_binding", ask_again},
    {Refusal::quote_signature, "quote_signature", ask_again},
    {Refusal::tdx_module_mismatch, "tdx_module_mismatch",
     "Update the TDX module: the one in the quote is not one that Intel lists."},
    {Refusal::collateral_unavailable, "collateral_unavailable",
     "Give all collateral: tcb_info.json, qe_identity.json, tcb_signing_chain.pem, and pck_chain.pem where the quote carries no "
     "chain."},
    {Refusal::collateral_older_than_seen, "collateral_older_than_seen",
     "Fetch the collateral again: newer one was seen before, and somebody may be replaying this."},
    {Refusal::binding_mismatch, "binding_mismatch", "Ask for a new quote with a fresh nonce, and do not use this key."},
    {Refusal::platform_mismatch, "platform_mismatch",
     "Find out which machine made this quote; after a planned move run `cosigner setup --new-platform`."},
    {Refusal::clock_below_floor, "clock_below_floor", "Correct the clock: it is behind a time that was already seen."},
};

const Row& row_of(Refusal refusal) { return table[static_cast<std::size_t>(refusal)]; }

}  // namespace

const std::vector<Refusal>& all_refusals() {
  static const std::vector<Refusal> all = [] {
    std::vector<Refusal> list;
    for (const Row& row : table) list.push_back(row.refusal);
    return list;
  }();
  return all;
}

std::string_view name_of(Refusal refusal) { return row_of(refusal).name; }

std::string_view remedy_of(Refusal refusal) { return row_of(refusal).remedy; }

Error refused(Refusal refusal, std::string rule) {
  return make_error(std::string(code_prefix) + std::string(name_of(refusal)), std::move(rule), std::string(remedy_of(refusal)));
}

std::optional<Refusal> refusal_of(const Error& error) {
  if (error.code.rfind(code_prefix, 0) != 0) return std::nullopt;
  for (const Row& row : table) {
    if (error.code.compare(code_prefix.size(), std::string::npos, row.name) == 0) return row.refusal;
  }
  return std::nullopt;
}

}  // namespace cosigner::attest
