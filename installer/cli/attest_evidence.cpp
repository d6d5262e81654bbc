#include "installer/cli/attest_evidence.hpp"

#include "attest/pem.hpp"
#include "attest/policy_json.hpp"
#include "base/encoding.hpp"
#include "base/untrusted.hpp"
#include "profile/operator_text.hpp"

namespace cosigner::cli {
namespace {

constexpr std::size_t file_limit = 1024 * 1024;

Error wrong(std::string what, std::string remedy) { return make_error("usage.wrong", std::move(what), std::move(remedy)); }

/// Evidence is untrusted whoever owns the file, so that only the read itself can fail.
Result<std::optional<std::string>> read_untrusted(const std::string& path, const Environment& environment) {
  auto file = TRY(environment.operator_files.read(path, file_limit, environment.person()));
  if (!file) return std::optional<std::string>();
  return std::optional<std::string>(std::move(file->bytes));
}

Result<std::string> require_untrusted(const std::string& path, const Environment& environment) {
  auto bytes = TRY(read_untrusted(path, environment));
  if (!bytes)
    return make_error("usage.file_absent", shown(Untrusted(path)) + " does not exist", "Give the path of an existing file.");
  return std::move(*bytes);
}

/// Files that are not there are missing collateral, which the verifier judges; a list in two forms would leave open which one
/// counts.
Status read_collateral(const std::string& folder, const Environment& environment, attest::CollateralTexts& out) {
  for (const std::string_view name : attest::collateral_file_names()) {
    auto bytes = TRY(read_untrusted(folder + "/" + std::string(name), environment));
    if (!bytes) continue;
    auto& member = *out.find(name);
    if (member) return wrong("the collateral holds " + std::string(name) + " in a second form", "Keep one of the two.");
    member = std::move(*bytes);
  }
  return {};
}

/// The key as --print-pubkey prints it (PEM), or its DER.
std::string to_key_der(const std::string& bytes) {
  const auto blocks = attest::read_pem(bytes, "PUBLIC KEY");
  return blocks && blocks->size() == 1 ? blocks->front() : bytes;
}

Result<std::optional<std::string>> read_binding(const AttestFlags& flags, const Environment& environment) {
  if (flags.nonce.empty() && flags.public_key.empty()) return std::optional<std::string>();
  if (flags.nonce.empty() || flags.public_key.empty())
    return wrong("--nonce and --public-key belong together", "Give both, or none.");
  const auto nonce = from_hex(flags.nonce);
  if (!nonce || nonce->size() != 32)
    return wrong("the nonce is not 64 hex digits", "Give the 32 bytes that the quote was asked for with.");
  const std::string key = to_key_der(TRY(require_untrusted(flags.public_key, environment)));
  return std::optional<std::string>(attest::bound_report_data(*nonce, key));
}

Result<std::optional<Time>> read_time(const AttestFlags& flags) {
  if (flags.at.empty()) return std::optional<Time>();
  const auto at = parse_time(flags.at);
  if (!at) return wrong("the time does not read", "Write it as 2026-11-26T10:17:31Z or as seconds since 1970.");
  return at;
}

}  // namespace

Result<std::string> read_quote(const std::string& path, const Environment& environment) {
  return require_untrusted(path, environment);
}

Result<EvidenceGiven> read_evidence(const Invocation& invocation, const Environment& environment) {
  const AttestFlags& flags = invocation.attest;
  EvidenceGiven out;
  out.at = TRY(read_time(flags));
  if (!flags.policy.empty())
    out.policy = TRY(
        attest::read_policy(TRY(profile::read_operator_text(environment.operator_files, flags.policy, environment.person()))));
  if (!flags.root_ca.empty()) {
    auto root =
        attest::custom_root(TRY(profile::read_operator_text(environment.operator_files, flags.root_ca, environment.person())));
    if (!root.ok())
      return wrong("the file of --root-ca does not hold one root certificate: " + root.error().message,
                   "Give one self-signed P-256 certificate authority as PEM.");
    out.root = std::move(*root);
  }
  out.report_data = TRY(read_binding(flags, environment));
  out.quote = TRY(read_quote(invocation.word(1), environment));
  if (!flags.collateral.empty()) TRY(read_collateral(flags.collateral, environment, out.collateral));
  return out;
}

}  // namespace cosigner::cli
