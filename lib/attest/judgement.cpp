#include "attest/judgement.hpp"

#include "base/encoding.hpp"

namespace cosigner::attest {
namespace {

struct Dated {
  std::string_view what;
  Window window;
};

Result<Window> judge_certificates(std::initializer_list<Dated> certificates, Time at) {
  Window common{Time::min(), Time::max()};
  for (const Dated& each : certificates) {
    TRY(check_dates(each.window, at, {each.what, Refusal::cert_not_yet_valid, Refusal::cert_expired}));
    common = common_part(common, each.window);
  }
  return common;
}

Status check_unlisted(const Crl& crl, const Certificate& certificate, std::string_view what) {
  if (crl.lists(certificate)) return refused(Refusal::cert_revoked, std::string(what) + " is revoked");
  return {};
}

/// Both lists are looked at, to their last entry.
Result<Window> judge_crl(const Crl& crl, std::initializer_list<std::pair<std::string_view, const Certificate*>> certificates,
                         const DateRule& rule, std::pair<std::string_view, std::string_view> ids, Time at, Steps& steps) {
  const Window window{crl.this_update, crl.next_update};
  TRY(steps.check(ids.first, check_dates(window, at, rule), shown(window)));
  for (const auto& [what, certificate] : certificates) TRY(steps.check(ids.second, check_unlisted(crl, *certificate, what)));
  steps.pass(ids.second, std::to_string(crl.revoked.size()) +
                             (crl.revoked.size() == 1 ? " entry, none of them ours" : " entries, none of them ours"));
  return window;
}

/// A missing list is an error, not an empty list, unless the policy says that lists are not needed.
Status miss_crl(std::string_view which, std::initializer_list<std::string_view> ids, const Question& question, Steps& steps) {
  if (question.policy.require_crls)
    return steps.check(*ids.begin(), Status(refused(Refusal::crl_missing, "the collateral has no " + std::string(which))));
  for (const std::string_view id : ids) steps.skip(id, "there is none, and the policy demands none");
  return {};
}

Result<Window> judge_crls(const AuthenticCollateral& collateral, const PckLeaf& leaf, const Question& question, Steps& steps) {
  Window common{Time::min(), Time::max()};
  const auto grace = collateral_grace(question.policy, question.at);
  if (collateral.root_crl) {
    common = common_part(
        common,
        TRY(judge_crl(
            *collateral.root_crl, {{"the PCK CA", &collateral.intermediate.certificate}, {"the TCB signer", &collateral.signer}},
            {"root CRL", Refusal::crl_not_yet_valid, Refusal::crl_expired, grace}, {"3.2", "3.3"}, question.at, steps)));
  } else {
    TRY(miss_crl("root CRL", {"3.1", "3.2", "3.3"}, question, steps));
  }
  if (collateral.pck_crl) {
    return common_part(common, TRY(judge_crl(*collateral.pck_crl, {{"the PCK certificate of this platform", &leaf.certificate}},
                                             {"PCK CRL", Refusal::crl_not_yet_valid, Refusal::crl_expired, grace}, {"3.5", "3.6"},
                                             question.at, steps)));
  }
  TRY(miss_crl("PCK CRL", {"3.4", "3.5", "3.6"}, question, steps));
  return common;
}

Status check_tcb_info(const TcbInfo& info, const PckLeaf& leaf, Tee tee) {
  if (info.tee != tee) return refused(Refusal::tcb_info_mismatch, "TCB info: it is for another TEE than the quote's");
  if (info.fmspc != leaf.platform.fmspc)
    return refused(Refusal::tcb_info_mismatch, "TCB info: its FMSPC is not the PCK certificate's");
  if (info.pceid != leaf.platform.pceid)
    return refused(Refusal::tcb_info_mismatch, "TCB info: its PCEID is not the PCK certificate's");
  if (info.tcb_type != 0) return refused(Refusal::tcb_info_invalid, "TCB info: its comparison rule (tcbType) is not 0");
  return {};
}

Status check_qe_id(const QeIdentity& identity, Tee tee) {
  if (identity.id != (tee == Tee::sgx ? "QE" : "TD_QE"))
    return refused(Refusal::qe_identity_mismatch, "QE identity: it is of another enclave than this TEE's quoting enclave");
  return {};
}

Result<Window> judge_documents(const AuthenticCollateral& collateral, const PckLeaf& leaf, Tee tee, const Question& question,
                               Steps& steps) {
  const auto grace = collateral_grace(question.policy, question.at);
  const Window tcb = collateral.tcb_info.window, qe = collateral.qe_identity.window;
  TRY(steps.check("5.3", check_dates(tcb, question.at, {"TCB info", Refusal::tcb_info_invalid, Refusal::tcb_info_expired, grace}),
                  shown(tcb)));
  TRY(steps.check(
      "5.4", check_tcb_info(collateral.tcb_info, leaf, tee),
      std::string(name_of(tee)) + ", FMSPC " + to_hex(leaf.platform.fmspc) + ", PCEID " + to_hex(leaf.platform.pceid)));
  TRY(steps.check(
      "6.3", check_dates(qe, question.at, {"QE identity", Refusal::qe_identity_invalid, Refusal::qe_identity_expired, grace}),
      shown(qe)));
  TRY(steps.check("6.4", check_qe_id(collateral.qe_identity, tee), tee == Tee::sgx ? "QE" : "TD_QE"));
  return common_part(tcb, qe);
}

}  // namespace

Result<Window> judge(const AuthenticCollateral& collateral, const PckLeaf& leaf, Tee tee, const Question& question,
                     Steps& steps) {
  const auto pck =
      TRY(steps.check("2.5", judge_certificates({{"the PCK certificate", window_of(leaf.certificate)},
                                                 {"the PCK CA's certificate", window_of(collateral.intermediate.certificate)},
                                                 {"the root certificate", collateral.pck_root_window}},
                                                question.at)));
  steps.pass("2.5", shown(pck));
  const auto crls = TRY(judge_crls(collateral, leaf, question, steps));
  const auto signer = TRY(steps.check("4.3", judge_certificates({{"the TCB signer's certificate", window_of(collateral.signer)},
                                                                 {"the root certificate", collateral.signer_root_window}},
                                                                question.at)));
  steps.pass("4.3", shown(signer));
  const auto documents = TRY(judge_documents(collateral, leaf, tee, question, steps));
  if (question.seen == nullptr)
    steps.skip("N5", "not asked for");
  else
    TRY(steps.check("N5", check_not_older(marks_of(collateral), *question.seen), "as new as all that was seen"));
  return common_part(common_part(pck, crls), common_part(signer, documents));
}

}  // namespace cosigner::attest
