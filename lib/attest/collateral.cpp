#include "attest/collateral.hpp"

#include "attest/signed_json.hpp"
#include "base/encoding.hpp"

namespace cosigner::attest {
namespace {

Error unavailable(std::string_view what) {
  return refused(Refusal::collateral_unavailable, "the collateral has no " + std::string(what));
}

/// A list that is not there is not an empty list: whether it may be missing is for the policy, in judgement.cpp.
Status authenticate_crls(const CollateralTexts& texts, const TrustRoot& root, AuthenticCollateral& out, Steps& steps) {
  if (texts.root_crl)
    out.root_crl =
        TRY(steps.check("3.1", authentic_crl(*texts.root_crl, root.certificate, "root CRL"), "signed by the pinned root"));
  if (texts.pck_crl)
    out.pck_crl = TRY(steps.check("3.4", authentic_crl(*texts.pck_crl, out.intermediate.certificate, "PCK CRL"),
                                  "signed by the " + std::string(name_of(out.intermediate.ca)) + " CA"));
  return {};
}

Result<std::vector<std::string>> cut_signing_chain(const CollateralTexts& texts, const TrustRoot& root, Window& root_window) {
  if (!texts.tcb_signing_chain) return unavailable("TCB signing chain");
  auto blocks = TRY(cut_chain(*texts.tcb_signing_chain, 2, "TCB signing chain"));
  root_window = TRY(check_sent_root(blocks[1], root));
  return blocks;
}

Status authenticate_signer(const CollateralTexts& texts, const TrustRoot& root, AuthenticCollateral& out, Steps& steps) {
  const auto blocks = TRY(steps.check("4.1", cut_signing_chain(texts, root, out.signer_root_window), "two certificates"));
  out.signer = TRY(steps.check("4.2", authentic_signer(blocks[0], root)));
  steps.pass("4.2", out.signer.common_name + ", serial " + to_hex(out.signer.serial));
  return {};
}

Status authenticate_documents(const CollateralTexts& texts, AuthenticCollateral& out, Steps& steps) {
  const P256Key& signer = *out.signer.key;
  const auto signed_bytes = [&](const std::optional<std::string>& text, std::string_view what, std::string_view member,
                                Refusal refusal) -> Result<std::string_view> {
    if (!text) return unavailable(what);
    return authentic_json(*text, member, signer, refusal).within(std::string(what));
  };
  const auto tcb = TRY(steps.check("5.1", signed_bytes(texts.tcb_info, "TCB info", "tcbInfo", Refusal::tcb_info_invalid),
                                   "ECDSA over the inner object as sent"));
  out.tcb_info = TRY(steps.check("5.2", read_tcb_info(tcb)));
  steps.pass("5.2", "version " + std::to_string(out.tcb_info.version) + ", evaluation number " +
                        std::to_string(out.tcb_info.evaluation_number) + ", " + std::to_string(out.tcb_info.levels.size()) +
                        " levels");
  const auto qe =
      TRY(steps.check("6.1", signed_bytes(texts.qe_identity, "QE identity", "enclaveIdentity", Refusal::qe_identity_invalid),
                      "ECDSA over the inner object as sent"));
  out.qe_identity = TRY(steps.check("6.2", read_qe_identity(qe)));
  steps.pass("6.2", "version 2, evaluation number " + std::to_string(out.qe_identity.evaluation_number));
  return {};
}

}  // namespace

Result<Crl> authentic_crl(const std::string& bytes, const Certificate& issuer, std::string_view which) {
  Crl crl = TRY(read_crl(bytes, which));
  if (crl.issuer != issuer.subject)
    return refused(Refusal::crl_invalid, std::string(which) + ": it is issued by another authority");
  if (!issuer.key->verifies_der(crl.signed_content, crl.signature))
    return refused(Refusal::crl_invalid, std::string(which) + ": it is not signed by its authority");
  return crl;
}

std::optional<std::string>* CollateralTexts::find(std::string_view file_name) {
  if (file_name == "tcb_info.json") return &tcb_info;
  if (file_name == "qe_identity.json") return &qe_identity;
  if (file_name == "tcb_signing_chain.pem") return &tcb_signing_chain;
  if (file_name == "pck_crl.der" || file_name == "pck_crl.pem") return &pck_crl;
  if (file_name == "root_ca_crl.der" || file_name == "root_ca_crl.pem") return &root_crl;
  return file_name == "pck_chain.pem" ? &pck_chain : nullptr;
}

const std::vector<std::string_view>& collateral_file_names() {
  static const std::vector<std::string_view> names = {"tcb_info.json",   "qe_identity.json", "tcb_signing_chain.pem",
                                                      "pck_crl.der",     "pck_crl.pem",      "root_ca_crl.der",
                                                      "root_ca_crl.pem", "pck_chain.pem"};
  return names;
}

Status authenticate_pck_ca(const PckChainBlocks& chain, const TrustRoot& root, AuthenticCollateral& out, Steps& steps) {
  out.sent_root = chain[2];
  out.pck_root_window = TRY(steps.check("2.2", check_sent_root(chain[2], root), "SHA-256 of the pinned root " + root.sha256));
  out.intermediate = TRY(steps.check("2.3", authentic_intermediate(chain[1], root)));
  steps.pass("2.3", out.intermediate.certificate.common_name + ", serial " + to_hex(out.intermediate.certificate.serial));
  return {};
}

Status authenticate_texts(const CollateralTexts& texts, const TrustRoot& root, AuthenticCollateral& out, Steps& steps) {
  TRY(authenticate_crls(texts, root, out, steps));
  TRY(authenticate_signer(texts, root, out, steps));
  return authenticate_documents(texts, out, steps);
}

}  // namespace cosigner::attest
