#include "installer/stages/quote_policy.hpp"

#include "attest/expectations.hpp"
#include "base/text.hpp"

namespace cosigner::stages {
namespace {

Result<attest::ExpectedEnclave> expected(const profile::Profile& profile) {
  if (profile.cosigner.quote_flag.empty())
    return make_error(
        "attest.expectation_missing",
        "the profile wants quotes to be verified (attestation mode \"quote\"), and does not say how the co-signer hands one out",
        "Set cosigner.quoteFlag in the profile.");
  const attest::ExpectedEnclave enclave{profile.enclave.mrsigner, profile.enclave.mrenclave, profile.enclave.product_id,
                                        profile.enclave.min_svn};
  TRY(attest::check_expected(enclave));
  return enclave;
}

/// Who may write the policy decides what signs: it is root's alone. The walker sees to the folders above.
Result<std::string> read_own_policy(const std::string& path, const host::HostView& host) {
  const auto stat = TRY(host.files().stat(path));
  if (stat &&
      (stat->kind != host::FileKind::regular || stat->attributes.owner.uid != 0 || (stat->attributes.mode.bits & 0022u) != 0))
    return make_error("answers.file_unsafe", "the attestation policy is not a regular file of root that nobody else can write",
                      "Let the file belong to root, with mode 0644 or less.");
  return profile::open_text({path, {}}, host);
}

Result<std::string> policy_text(const host::HostView& host, const profile::Settings& settings,
                                const attest::ExpectedEnclave& enclave) {
  const std::string& own = settings.answers.attestation_policy;
  if (own.empty()) return attest::to_policy_text(enclave, "setup");
  return attest::narrowed_policy_text(TRY(read_own_policy(own, host)), enclave);
}

}  // namespace

Result<std::string> wanted_policy(const host::HostView& host, const engine::StageContext& context) {
  return policy_text(host, context.settings, TRY(expected(context.settings.profile)));
}

Result<std::string> policy_in_force(const host::HostView& host, const engine::StageContext& context) {
  attest::ExpectedEnclave enclave = TRY(expected(context.settings.profile));
  const auto seen = parse_number(context.ledger.value("attestation.isvsvn"));
  if (seen && context.settings.downgrade_reason.empty() && *seen > enclave.minimum_svn.value_or(0))
    enclave.minimum_svn = static_cast<std::uint32_t>(*seen);
  return policy_text(host, context.settings, enclave);
}

}  // namespace cosigner::stages
