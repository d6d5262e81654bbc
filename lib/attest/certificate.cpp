#include "attest/certificate.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <vector>

#include "attest/x509_fields.hpp"

namespace cosigner::attest {
namespace {

constexpr long version_3 = 2;
constexpr std::size_t size_limit = 8 * 1024;
constexpr std::size_t extension_limit = 16;
constexpr std::string_view basic_constraints_oid("\x55\x1D\x13", 3);                      // 2.5.29.19
constexpr std::string_view key_usage_oid("\x55\x1D\x0F", 3);                              // 2.5.29.15
constexpr std::string_view sgx_extension_oid("\x2A\x86\x48\x86\xF8\x4D\x01\x0D\x01", 9);  // 1.2.840.113741.1.13.1

/// Why a certificate does not read; empty: it does.
using Problem = std::string_view;

struct FreeConstraints {
  void operator()(BASIC_CONSTRAINTS* value) const { BASIC_CONSTRAINTS_free(value); }
};
struct FreeBits {
  void operator()(ASN1_BIT_STRING* value) const { ASN1_BIT_STRING_free(value); }
};

bool read_constraints(std::string_view der, Certificate& out) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = at + der.size();
  const std::unique_ptr<BASIC_CONSTRAINTS, FreeConstraints> constraints(
      d2i_BASIC_CONSTRAINTS(nullptr, &at, static_cast<long>(der.size())));
  if (!constraints || at != end) return false;
  out.is_ca = constraints->ca != 0;
  if (constraints->pathlen == nullptr) return true;
  out.path_length = ASN1_INTEGER_get(constraints->pathlen);
  return *out.path_length >= 0;
}

bool read_key_usage(std::string_view der, Certificate& out) {
  constexpr int key_cert_sign = 5, crl_sign = 6;  // RFC 5280, 4.2.1.3
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = at + der.size();
  const std::unique_ptr<ASN1_BIT_STRING, FreeBits> bits(d2i_ASN1_BIT_STRING(nullptr, &at, static_cast<long>(der.size())));
  if (!bits || at != end) return false;
  out.may_sign_certificates = ASN1_BIT_STRING_get_bit(bits.get(), key_cert_sign) == 1;
  out.may_sign_lists = ASN1_BIT_STRING_get_bit(bits.get(), crl_sign) == 1;
  return true;
}

Problem read_extension(X509_EXTENSION* extension, Certificate& out) {
  const ASN1_OBJECT* object = X509_EXTENSION_get_object(extension);
  const std::string_view value = bytes_of(X509_EXTENSION_get_data(extension));
  const std::string_view oid = oid_of(object);
  if (oid == basic_constraints_oid) return read_constraints(value, out) ? Problem() : "its basic constraints do not read";
  if (oid == key_usage_oid) return read_key_usage(value, out) ? Problem() : "its key usage does not read";
  if (oid == sgx_extension_oid) {
    out.sgx_extension = std::string(value);
    return value.empty() ? "its SGX extension is empty" : Problem();
  }
  return X509_EXTENSION_get_critical(extension) != 0 ? "it has an unknown critical extension" : Problem();
}

Problem read_extensions(const STACK_OF(X509_EXTENSION) * extensions, Certificate& out) {
  std::vector<std::string_view> seen;
  for (int i = 0; i < sk_X509_EXTENSION_num(extensions); ++i) {
    X509_EXTENSION* extension = sk_X509_EXTENSION_value(extensions, i);
    const std::string_view oid = oid_of(X509_EXTENSION_get_object(extension));
    if (std::find(seen.begin(), seen.end(), oid) != seen.end()) return "it has an extension twice";
    seen.push_back(oid);
    if (seen.size() > extension_limit) return "it has too many extensions";
    if (const Problem problem = read_extension(extension, out); !problem.empty()) return problem;
  }
  return {};
}

Problem read_names(const asn1::Certificate& raw, Certificate& out) {
  auto issuer = sequence_of(raw.issuer);
  auto subject = sequence_of(raw.subject);
  if (!issuer || !subject) return "its names do not read";
  auto common_name = common_name_of(*subject);
  if (!common_name) return "it has not one common name";
  out.issuer = std::move(*issuer);
  out.subject = std::move(*subject);
  out.common_name = std::move(*common_name);
  return {};
}

Problem read_values(const asn1::Certificate& raw, Certificate& out) {
  if (raw.version == nullptr || ASN1_INTEGER_get(raw.version) != version_3) return "it is not of version 3";
  if (!is_ecdsa_with_sha256(raw.algorithm)) return "it is not signed with ECDSA and SHA-256";
  const auto serial = unsigned_of(raw.serial);
  const auto from = time_of(raw.validity->not_before);
  const auto until = time_of(raw.validity->not_after);
  const auto coordinates = p256_coordinates_of(raw.key);
  if (!serial) return "its serial number is below zero";
  if (!from || !until) return "its dates do not read";
  if (!coordinates) return "its key is not a P-256 key";
  out.key = P256Key::from_coordinates(*coordinates);
  if (!out.key) return "its key is no point of the curve";
  out.serial = *serial;
  out.not_before = *from;
  out.not_after = *until;
  out.key_coordinates = *coordinates;
  return {};
}

Problem read_content(Certificate& out) {
  const auto raw = asn1::read<asn1::Certificate, asn1::certificate_item>(out.signed_content);
  ERR_clear_error();
  if (!raw) return "it is not an X.509 certificate";
  if (const Problem problem = read_values(*raw, out); !problem.empty()) return problem;
  if (const Problem problem = read_names(*raw, out); !problem.empty()) return problem;
  return read_extensions(raw->extensions, out);
}

}  // namespace

Result<Certificate> read_certificate(std::string_view der, std::string_view which) {
  const auto invalid = [&](Problem problem) {
    return refused(Refusal::chain_invalid, std::string(which) + ": " + std::string(problem));
  };
  if (der.size() > size_limit) return invalid("it is longer than any certificate of Intel's");
  auto frame = read_signed_frame(der);
  if (!frame) return invalid("it is not an X.509 certificate signed with ECDSA and SHA-256");
  Certificate out;
  out.der = std::string(der);
  out.signed_content = std::string(frame->content);
  out.signature = std::move(frame->signature);
  if (const Problem problem = read_content(out); !problem.empty()) return invalid(problem);
  ERR_clear_error();
  return out;
}

}  // namespace cosigner::attest
