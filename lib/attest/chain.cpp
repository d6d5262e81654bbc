#include "attest/chain.hpp"

#include "attest/pem.hpp"

namespace cosigner::attest {
namespace {

// Roles are fixed by the whole common name. Intel's own verifier looks for a part of it, which a name that merely contains it
// would pass.
constexpr std::string_view leaf_name = "Intel SGX PCK Certificate";
constexpr std::string_view platform_ca_name = "Intel SGX PCK Platform CA";
constexpr std::string_view processor_ca_name = "Intel SGX PCK Processor CA";
constexpr std::string_view signer_name = "Intel SGX TCB Signing";

Error invalid(std::string_view which, std::string_view rule) {
  return refused(Refusal::chain_invalid, std::string(which) + ": " + std::string(rule));
}

Status check_issued(const Certificate& subject, const Certificate& issuer, std::string_view which) {
  if (subject.issuer != issuer.subject) return invalid(which, "its issuer's name is not the name of the certificate above it");
  if (!issuer.key->verifies_der(subject.signed_content, subject.signature))
    return invalid(which, "it is not signed by the certificate above it");
  return {};
}

/// Authorities sign certificates and lists, others neither. `below`: how many authorities may follow.
Status check_authority(const Certificate& certificate, long below, std::string_view which) {
  if (!certificate.is_ca) return invalid(which, "it is no certificate authority");
  if (!certificate.may_sign_certificates || !certificate.may_sign_lists)
    return invalid(which, "its key usage does not allow certificates and revocation lists");
  if (certificate.path_length && *certificate.path_length < below)
    return invalid(which, "its path length allows no certificate here");
  return {};
}

Status check_end_entity(const Certificate& certificate, std::string_view name, std::string_view which) {
  if (certificate.common_name != name) return invalid(which, "it is not a certificate of this role");
  if (certificate.is_ca || certificate.may_sign_certificates || certificate.may_sign_lists)
    return invalid(which, "it is a certificate authority");
  return {};
}

}  // namespace

std::string_view name_of(PckCa ca) { return ca == PckCa::platform ? "platform" : "processor"; }

Result<std::vector<std::string>> cut_chain(std::string_view pem, std::size_t count, std::string_view which) {
  auto blocks = read_pem(pem, "CERTIFICATE");
  if (!blocks) return invalid(which, "it is not a chain of PEM certificates and nothing else");
  if (blocks->size() != count) return invalid(which, "it does not hold " + std::to_string(count) + " certificates");
  return std::move(*blocks);
}

Result<Window> check_sent_root(std::string_view der, const TrustRoot& root) {
  if (der == root.certificate.der) return window_of(root.certificate);
  const Certificate sent = TRY(read_certificate(der, "root"));
  if (sent.issuer != sent.subject) return invalid("root", "the last certificate of the chain is no root");
  if (sent.key_coordinates != root.certificate.key_coordinates)
    return refused(Refusal::untrusted_root, root.is_custom ? "the chain ends in another root than the given one"
                                                           : "the chain does not end in Intel's root");
  TRY(check_issued(sent, root.certificate, "root"));
  if (sent.subject != root.certificate.subject) return invalid("root", "its name is not the name of the pinned root");
  TRY(check_authority(sent, 1, "root"));
  return window_of(sent);
}

Result<Intermediate> authentic_intermediate(std::string_view der, const TrustRoot& root) {
  constexpr std::string_view which = "PCK CA";
  Intermediate out;
  out.certificate = TRY(read_certificate(der, which));
  TRY(check_issued(out.certificate, root.certificate, which));
  const bool is_platform = out.certificate.common_name == platform_ca_name;
  if (!is_platform && out.certificate.common_name != processor_ca_name)
    return invalid(which, "it is not a certificate of this role");
  out.ca = is_platform ? PckCa::platform : PckCa::processor;
  TRY(check_authority(root.certificate, 1, "root"));
  TRY(check_authority(out.certificate, 0, which));
  return out;
}

Result<PckLeaf> authentic_leaf(std::string_view der, const Certificate& intermediate) {
  constexpr std::string_view which = "PCK leaf";
  PckLeaf out;
  out.certificate = TRY(read_certificate(der, which));
  TRY(check_issued(out.certificate, intermediate, which));
  TRY(check_end_entity(out.certificate, leaf_name, which));
  if (out.certificate.sgx_extension.empty()) return invalid(which, "it has no SGX extension");
  out.platform = TRY(read_pck_extension(out.certificate.sgx_extension));
  return out;
}

Result<Certificate> authentic_signer(std::string_view der, const TrustRoot& root) {
  constexpr std::string_view which = "TCB signer";
  Certificate out = TRY(read_certificate(der, which));
  TRY(check_issued(out, root.certificate, which));
  TRY(check_end_entity(out, signer_name, which));
  if (!out.sgx_extension.empty()) return invalid(which, "it has an SGX extension, so it is a platform's certificate");
  return out;
}

}  // namespace cosigner::attest
