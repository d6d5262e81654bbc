#include "attest/host_identity.hpp"

#include "attest/quote.hpp"
#include "attest/signed_json.hpp"

namespace cosigner::attest {
namespace {

Status check_certificate(const Certificate& certificate, std::string_view what, Time at) {
  return check_dates(window_of(certificate), at, {what, Refusal::cert_not_yet_valid, Refusal::cert_expired});
}

Result<Window> check_signer_unrevoked(const Certificate& signer, const std::string& list, const TrustRoot& root, Time at) {
  const Crl crl = TRY(authentic_crl(list, root.certificate, "root CRL"));
  const Window window{crl.this_update, crl.next_update};
  TRY(check_dates(window, at, {"root CRL", Refusal::crl_not_yet_valid, Refusal::crl_expired}));
  if (crl.lists(signer)) return refused(Refusal::cert_revoked, "the TCB signer is revoked");
  return window;
}

}  // namespace

Result<AuthenticQeIdentity> authentic_qe_identity(const CollateralTexts& texts, const TrustRoot& root, Time at) {
  if (!texts.qe_identity || !texts.tcb_signing_chain || !texts.root_crl)
    return refused(Refusal::collateral_unavailable, "identity, signing chain and root CRL belong together");
  const auto blocks = TRY(cut_chain(*texts.tcb_signing_chain, 2, "TCB signing chain"));
  const Window sent_root = TRY(check_sent_root(blocks[1], root));
  const Certificate signer = TRY(authentic_signer(blocks[0], root));
  TRY(check_dates(sent_root, at, {"the root certificate", Refusal::cert_not_yet_valid, Refusal::cert_expired}));
  TRY(check_certificate(signer, "the TCB signer's certificate", at));
  const Window list = TRY(check_signer_unrevoked(signer, *texts.root_crl, root, at));
  const auto inner = TRY(authentic_json(*texts.qe_identity, "enclaveIdentity", *signer.key, Refusal::qe_identity_invalid));
  AuthenticQeIdentity out;
  out.identity = TRY(read_qe_identity(inner));
  TRY(check_dates(out.identity.window, at, {"QE identity", Refusal::qe_identity_invalid, Refusal::qe_identity_expired}));
  if (out.identity.id != "QE")
    return refused(Refusal::qe_identity_mismatch, "QE identity: it is of another enclave than the quoting enclave of SGX");
  out.window = common_part(common_part(out.identity.window, list), common_part(window_of(signer), sent_root));
  return out;
}

Result<AuthenticPck> authentic_pck_of(std::string_view bytes, const TrustRoot& root, Time at) {
  const Quote quote = TRY(parse_quote(bytes));
  if (quote.certification_kind != CertificationKind::pck_chain)
    return refused(Refusal::collateral_unavailable, "the quote carries no PCK chain");
  const auto blocks = TRY(cut_chain(quote.certification_data, 3, "PCK chain"));
  const Window sent_root = TRY(check_sent_root(blocks[2], root));
  const Intermediate intermediate = TRY(authentic_intermediate(blocks[1], root));
  AuthenticPck out{TRY(authentic_leaf(blocks[0], intermediate.certificate)), intermediate.ca};
  TRY(check_dates(sent_root, at, {"the root certificate", Refusal::cert_not_yet_valid, Refusal::cert_expired}));
  TRY(check_certificate(intermediate.certificate, "the PCK CA's certificate", at));
  TRY(check_certificate(out.leaf.certificate, "the PCK certificate", at));
  return out;
}

}  // namespace cosigner::attest
