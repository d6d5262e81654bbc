#include "attest/quote_proof.hpp"

#include "base/crypto.hpp"
#include "base/encoding.hpp"

namespace cosigner::attest {
namespace {

Status check_qe_signature(const Quote& quote, const PckLeaf& leaf) {
  if (!leaf.certificate.key->verifies(quote.qe_report, quote.qe_report_signature))
    return refused(Refusal::qe_report_signature, "QE report: it is not signed by the PCK key");
  return {};
}

Status check_key_hash(const Quote& quote, const SgxReport& report) {
  const std::string bound = std::string(quote.attestation_key) + std::string(quote.qe_auth_data);
  if (report.report_data.substr(0, 32) != sha256(bound))
    return refused(Refusal::qe_binding, "QE report: it does not name the attestation key and the authentication data");
  return {};
}

Status check_rest_zero(const SgxReport& report) {
  if (report.report_data.find_first_not_of('\0', 32) != std::string::npos)
    return refused(Refusal::qe_binding, "QE report: bytes 32 to 63 of its report data are not zero");
  return {};
}

Status check_identity(const SgxReport& report, const QeIdentity& identity, Steps& steps) {
  TRY(steps.check("9.1", check_qe_miscselect(report, identity), to_hex(report.miscselect)));
  TRY(steps.check("9.2", check_qe_attributes(report, identity), to_hex(report.attributes)));
  TRY(steps.check("9.3", check_qe_mrsigner(report, identity), to_hex(report.mrsigner)));
  TRY(steps.check("9.4", check_qe_isvprodid(report, identity), std::to_string(report.isvprodid)));
  return {};
}

Result<P256Key> attestation_key_of(const Quote& quote) {
  auto key = P256Key::from_coordinates(quote.attestation_key);
  if (!key) return refused(Refusal::quote_signature, "quote: the attestation key is no point of the curve");
  return std::move(*key);
}

Status check_quote_signature(const Quote& quote, const P256Key& key) {
  if (!key.verifies(quote.signed_bytes, quote.signature))
    return refused(Refusal::quote_signature, "quote: it is not signed by the attestation key");
  return {};
}

}  // namespace

Result<SgxReport> prove_quote(const Quote& quote, const PckLeaf& leaf, const QeIdentity& identity, Steps& steps) {
  TRY(steps.check("7", check_qe_signature(quote, leaf), "ECDSA over its 384 bytes"));
  SgxReport report = read_sgx_report(quote.qe_report);
  TRY(steps.check("8.1", check_key_hash(quote, report), "SHA-256 of attestation key and authentication data"));
  TRY(steps.check("8.2", check_rest_zero(report), "32 zero bytes"));
  TRY(check_identity(report, identity, steps));
  const P256Key key = TRY(steps.check("10.1", attestation_key_of(quote), "P-256"));
  TRY(steps.check("10.2", check_quote_signature(quote, key),
                  "ECDSA over " + std::to_string(quote.signed_bytes.size()) + " bytes"));
  return report;
}

}  // namespace cosigner::attest
