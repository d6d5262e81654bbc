#include "attest/verify.hpp"

#include "attest/judgement.hpp"
#include "attest/quote_proof.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"

namespace cosigner::attest {
namespace {

constexpr std::string_view kept = "kept from an earlier verification";

/// Steps 1 and 2.1: what is needed to know which keys to ask for.
struct Opened {
  Quote quote;
  PckChainBlocks chain;
};

Result<PckChainBlocks> cut_pck_chain(const Quote& quote, const std::optional<std::string>& outside_chain) {
  const bool carries_chain = quote.certification_kind == CertificationKind::pck_chain;
  if (!carries_chain && !outside_chain)
    return refused(Refusal::collateral_unavailable, "the quote carries no PCK chain, and the collateral has no pck_chain.pem");
  return cut_chain(carries_chain ? quote.certification_data : std::string_view(*outside_chain), 3, "PCK chain");
}

Result<Opened> open_quote(std::string_view bytes, const std::optional<std::string>& outside_chain, Steps& steps) {
  Opened out;
  out.quote = TRY(steps.check("1", parse_quote(bytes)));
  const std::string version = "version " + std::to_string(out.quote.version) + ", " + std::string(name_of(out.quote.tee));
  steps.pass("1", version);
  out.chain = TRY(steps.check("2.1", cut_pck_chain(out.quote, outside_chain), "three certificates"));
  return out;
}

Result<PckLeaf> check_leaf(const std::string& der, const AuthenticCollateral& collateral, Steps& steps) {
  PckLeaf leaf = TRY(steps.check("2.4", authentic_leaf(der, collateral.intermediate.certificate)));
  steps.pass("2.4", "serial " + to_hex(leaf.certificate.serial) + ", FMSPC " + to_hex(leaf.platform.fmspc));
  return leaf;
}

Result<Evaluation> evaluate_levels(const AuthenticCollateral& collateral, const PckLeaf& leaf, const SgxReport& qe_report,
                                   const Verified& verified, Steps& steps) {
  const TdReport* td = verified.tdx ? &*verified.tdx : nullptr;
  const Evaluation evaluation =
      TRY(steps.check("11.1", evaluate(collateral.tcb_info, collateral.qe_identity, leaf.platform, qe_report.isvsvn, td)));
  std::string levels =
      "platform " + std::string(name_of(evaluation.platform_status)) + ", QE " + std::string(name_of(evaluation.qe_status));
  if (evaluation.module_status) levels += ", TDX module " + std::string(name_of(*evaluation.module_status));
  steps.pass("11.1", levels);
  steps.pass("11.2", std::string(name_of(evaluation.status)) + ", " + std::to_string(evaluation.advisories.size()) +
                         (evaluation.advisories.size() == 1 ? " advisory, TCB of " : " advisories, TCB of ") +
                         to_date(evaluation.tcb_date));
  return evaluation;
}

/// Steps 2.5 to 11.3, after all signatures of the collateral were checked, now or earlier.
Result<Verified> conclude(const Quote& quote, const AuthenticCollateral& collateral, const PckLeaf& leaf,
                          const Question& question, Steps& steps) {
  Verified out;
  out.window = TRY(judge(collateral, leaf, quote.tee, question, steps));
  const SgxReport qe_report = TRY(prove_quote(quote, leaf, collateral.qe_identity, steps));
  out.tee = quote.tee;
  out.quote_version = quote.version;
  if (quote.tee == Tee::sgx)
    out.sgx = read_sgx_report(quote.body);
  else
    out.tdx = read_td_report(quote.body, quote.body_kind);
  out.ca = collateral.intermediate.ca;
  out.platform = leaf.platform;
  out.evaluation = TRY(evaluate_levels(collateral, leaf, qe_report, out, steps));
  out.marks = marks_of(collateral);
  steps.pass("11.3", shown(out.window));
  return out;
}

Status check_binding(const Verified& verified, const std::string& wanted) {
  const std::string& have = verified.sgx ? verified.sgx->report_data : verified.tdx->report_data;
  if (have != wanted) return refused(Refusal::binding_mismatch, "the report data are not made of this nonce and this key");
  return {};
}

Status check_pin(const Verified& verified, const std::string& pinned) {
  if (platform_id(verified.platform) != pinned)
    return refused(Refusal::platform_mismatch, "the quote was made by another platform than the pinned one");
  return {};
}

/// Steps A1 and A2: genuine, but is it the one that was asked?
Status check_wanted(const Verified& verified, const Question& question, Steps& steps) {
  if (!question.report_data)
    steps.skip("A1", "no nonce and key were given: anybody may have asked for this quote");
  else
    TRY(steps.check("A1", check_binding(verified, *question.report_data), "SHA-256 of nonce and key, then zeros"));
  if (!question.platform)
    steps.skip("A2", "no platform was pinned");
  else
    TRY(steps.check("A2", check_pin(verified, *question.platform), "platform " + *question.platform));
  return {};
}

Status check_floor(const Question& question, Steps& steps) {
  if (!question.clock_floor) {
    steps.skip("N4", "the time was given, or no floor is known");
    return {};
  }
  return steps.check("N4", check_clock(question.at, *question.clock_floor), to_iso(question.at));
}

void apply_policy(Attestation& out, const Question& question, Steps& steps) {
  const Verified& verified = *out.verified;
  out.violations =
      find_violations(question.policy, {question.at, verified.evaluation, verified.platform,
                                        verified.sgx ? &*verified.sgx : nullptr, verified.tdx ? &*verified.tdx : nullptr});
  if (out.violations.empty()) return steps.pass("12", "policy \"" + question.policy.name + "\" accepts it");
  std::string list;
  for (const Violation& each : out.violations) list += (list.empty() ? "" : "; ") + each.rule + ": " + each.detail;
  static_cast<void>(steps.check("12", Status(make_error("attest.policy_violated", list))));
}

/// The result document of whatever `prove` found; here is the one place where a failure turns into a refusal with nothing in it.
template <class Prove>
Attestation attest_with(const Question& question, Prove&& prove) {
  Attestation out;
  out.at = question.at;
  out.root_sha256 = question.root.sha256;
  out.is_custom_root = question.root.is_custom;
  out.policy_name = question.policy.name;
  Steps steps;
  Result<Verified> proof = prove(steps);
  if (proof.ok()) {
    const Status wanted = check_wanted(*proof, question, steps);
    if (!wanted.ok()) proof = wanted.error();
  }
  if (proof.ok()) {
    out.verified = std::move(proof).value();
    apply_policy(out, question, steps);
  } else {
    out.refusal = refusal_of(proof.error()).value_or(Refusal::malformed_quote);
    out.refusal_rule = proof.error().message;
  }
  out.steps = steps.all();
  return out;
}

}  // namespace

std::string bound_report_data(std::string_view nonce, std::string_view public_key_der) {
  return sha256(std::string(nonce) + std::string(public_key_der)) + std::string(32, '\0');
}

Attestation verify(std::string_view quote, const CollateralTexts& texts, const Question& question) {
  return attest_with(question, [&](Steps& steps) -> Result<Verified> {
    TRY(check_floor(question, steps));
    const Opened opened = TRY(open_quote(quote, texts.pck_chain, steps));
    AuthenticCollateral collateral;
    TRY(authenticate_pck_ca(opened.chain, question.root, collateral, steps));
    const PckLeaf leaf = TRY(check_leaf(opened.chain[0], collateral, steps));
    TRY(authenticate_texts(texts, question.root, collateral, steps));
    return conclude(opened.quote, collateral, leaf, question, steps);
  });
}

Result<VerifiedCollateral> VerifiedCollateral::from(std::string_view quote, const CollateralTexts& texts, const TrustRoot& root,
                                                    Leaf leaf) {
  Steps steps;
  const Opened opened = TRY(open_quote(quote, texts.pck_chain, steps));
  VerifiedCollateral out;
  AuthenticCollateral collateral;
  TRY(authenticate_pck_ca(opened.chain, root, collateral, steps));
  TRY(authenticate_texts(texts, root, collateral, steps));
  if (leaf == Leaf::keep) out.leaf_ = std::make_shared<const PckLeaf>(TRY(check_leaf(opened.chain[0], collateral, steps)));
  out.collateral_ = std::make_shared<const AuthenticCollateral>(std::move(collateral));
  out.pck_chain_ = texts.pck_chain;
  out.root_sha256_ = root.sha256;
  return out;
}

Attestation VerifiedCollateral::verify(std::string_view quote, const Question& question) const {
  return attest_with(question, [&](Steps& steps) -> Result<Verified> {
    TRY(check_floor(question, steps));
    const Opened opened = TRY(open_quote(quote, pck_chain_, steps));
    const bool same_authorities =
        opened.chain[1] == collateral_->intermediate.certificate.der && opened.chain[2] == collateral_->sent_root;
    if (!same_authorities || question.root.sha256 != root_sha256_)
      return refused(Refusal::collateral_unavailable, "the collateral was verified for another PCK CA or root");
    for (const std::string_view id : {"2.2", "2.3", "3.1", "3.4", "4.1", "4.2", "5.1", "5.2", "6.1", "6.2"})
      steps.pass(id, std::string(kept));
    if (leaf_ != nullptr && opened.chain[0] == leaf_->certificate.der) {
      steps.pass("2.4", std::string(kept));
      return conclude(opened.quote, *collateral_, *leaf_, question, steps);
    }
    const PckLeaf leaf = TRY(check_leaf(opened.chain[0], *collateral_, steps));
    return conclude(opened.quote, *collateral_, leaf, question, steps);
  });
}

}  // namespace cosigner::attest
