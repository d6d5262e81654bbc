#include "unit/attest/made_pki.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "base/encoding.hpp"

namespace attest_test {
namespace {

EVP_PKEY* key_of(const MadeKey& key) { return static_cast<EVP_PKEY*>(key.handle()); }

void must(bool good) {
  if (!good) throw std::runtime_error("the test asked OpenSSL for something that it cannot make");
}

X509_NAME* make_name(const std::string& common_name) {
  X509_NAME* name = X509_NAME_new();
  const auto add = [&](const char* field, const std::string& value) {
    must(X509_NAME_add_entry_by_txt(name, field, MBSTRING_ASC, reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1,
                                    0) == 1);
  };
  add("CN", common_name);
  add("O", "Intel Corporation");
  add("L", "Santa Clara");
  add("ST", "CA");
  add("C", "US");
  return name;
}

ASN1_INTEGER* make_integer(const std::string& hex) {
  BIGNUM* number = nullptr;
  must(BN_hex2bn(&number, hex.c_str()) > 0);
  ASN1_INTEGER* out = BN_to_ASN1_INTEGER(number, nullptr);
  BN_free(number);
  return out;
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  must(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

void add_raw_extension(X509* certificate, const char* oid, bool critical, const std::string& der) {
  ASN1_OBJECT* object = OBJ_txt2obj(oid, 1);
  ASN1_OCTET_STRING* value = ASN1_OCTET_STRING_new();
  ASN1_OCTET_STRING_set(value, reinterpret_cast<const unsigned char*>(der.data()), static_cast<int>(der.size()));
  X509_EXTENSION* extension = X509_EXTENSION_create_by_OBJ(nullptr, object, critical ? 1 : 0, value);
  must(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
  ASN1_OCTET_STRING_free(value);
  ASN1_OBJECT_free(object);
}

template <class T>
std::string der_of(T* value, int (*encode)(const T*, unsigned char**)) {
  unsigned char* bytes = nullptr;
  const int length = encode(value, &bytes);
  must(length > 0);
  std::string out(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(length));
  OPENSSL_free(bytes);
  return out;
}

ASN1_TIME* make_time(Time time) { return ASN1_TIME_set(nullptr, static_cast<time_t>(time.time_since_epoch().count())); }

std::string pair(const std::string& suffix, const std::string& value) {
  static const std::string arc("\x2A\x86\x48\x86\xF8\x4D\x01\x0D\x01", 9);
  return der_value(0x30, der_value(0x06, arc + suffix) + value);
}

std::string number(std::uint8_t tag, unsigned value) {
  std::string content;
  for (; value != 0; value >>= 8) content.insert(content.begin(), static_cast<char>(value & 0xFFu));
  if (content.empty() || (static_cast<unsigned char>(content[0]) & 0x80u) != 0) content.insert(content.begin(), '\0');
  return der_value(tag, content);
}

std::string flag(bool value) { return der_value(0x01, std::string(1, value ? '\xFF' : '\0')); }

std::string member(char last) { return std::string(1, last); }
std::string below(char parent, char last) { return std::string(1, parent) + last; }

}  // namespace

MadeKey::MadeKey(const char* curve) {
  EVP_PKEY* key = std::strcmp(curve, "RSA") == 0 ? EVP_RSA_gen(2048u) : EVP_EC_gen(curve);
  must(key != nullptr);
  key_ = std::shared_ptr<void>(key, [](void* each) { EVP_PKEY_free(static_cast<EVP_PKEY*>(each)); });
}

std::string MadeKey::xy() const {
  unsigned char point[65];
  std::size_t size = 0;
  must(EVP_PKEY_get_octet_string_param(key_of(*this), OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &size) == 1 && size == 65);
  return std::string(reinterpret_cast<char*>(point) + 1, 64);
}

std::string MadeKey::sign_raw(std::string_view message) const {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  unsigned char der[100];
  std::size_t size = sizeof der;
  must(EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key_of(*this)) == 1);
  must(EVP_DigestSign(context, der, &size, reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1);
  EVP_MD_CTX_free(context);
  const unsigned char* at = der;
  ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size));
  unsigned char raw[64];
  must(BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw, 32) == 32 && BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw + 32, 32) == 32);
  ECDSA_SIG_free(signature);
  return std::string(reinterpret_cast<char*>(raw), sizeof raw);
}

std::string make_certificate(const CertificateWish& wish, const MadeKey& key, const MadeKey& issuer_key) {
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER* serial = make_integer(wish.serial);
  ASN1_TIME *from = make_time(wish.from), *until = make_time(wish.until);
  X509_NAME *subject = make_name(wish.common_name), *issuer = make_name(wish.issuer);
  must(X509_set_serialNumber(certificate, serial) == 1 && X509_set1_notBefore(certificate, from) == 1 &&
       X509_set1_notAfter(certificate, until) == 1);
  must(X509_set_subject_name(certificate, subject) == 1 && X509_set_issuer_name(certificate, issuer) == 1 &&
       X509_set_pubkey(certificate, key_of(key)) == 1);
  const std::string length = wish.path_length < 0 ? "" : ",pathlen:" + std::to_string(wish.path_length);
  add_extension(certificate, NID_basic_constraints, wish.is_ca ? "critical,CA:TRUE" + length : "critical,CA:FALSE");
  if (!wish.key_usage.empty()) add_extension(certificate, NID_key_usage, "critical," + wish.key_usage);
  if (!wish.sgx_extension.empty()) add_raw_extension(certificate, "1.2.840.113741.1.13.1", false, wish.sgx_extension);
  if (wish.has_unknown_critical) add_raw_extension(certificate, "1.2.3.4.5", true, der_value(0x05, ""));
  must(X509_sign(certificate, key_of(issuer_key), EVP_sha256()) > 0);
  const std::string der = der_of(certificate, &i2d_X509);
  ASN1_INTEGER_free(serial);
  ASN1_TIME_free(from);
  ASN1_TIME_free(until);
  X509_NAME_free(subject);
  X509_NAME_free(issuer);
  X509_free(certificate);
  return der;
}

std::string make_crl(const CrlWish& wish, const MadeKey& key) {
  X509_CRL* crl = X509_CRL_new();
  X509_CRL_set_version(crl, 1);
  X509_NAME* issuer = make_name(wish.issuer);
  ASN1_TIME *from = make_time(wish.from), *until = make_time(wish.until);
  must(X509_CRL_set_issuer_name(crl, issuer) == 1 && X509_CRL_set1_lastUpdate(crl, from) == 1);
  if (wish.has_next_update) must(X509_CRL_set1_nextUpdate(crl, until) == 1);
  for (const std::string& hex : wish.serials) {
    X509_REVOKED* entry = X509_REVOKED_new();
    ASN1_INTEGER* serial = make_integer(hex);
    must(X509_REVOKED_set_serialNumber(entry, serial) == 1 && X509_REVOKED_set_revocationDate(entry, from) == 1 &&
         X509_CRL_add0_revoked(crl, entry) == 1);
    ASN1_INTEGER_free(serial);
    ASN1_ENUMERATED* reason = ASN1_ENUMERATED_new();
    must(ASN1_ENUMERATED_set(reason, 1) == 1 &&
         X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, hex == wish.critical ? 1 : 0, 0) == 1);
    ASN1_ENUMERATED_free(reason);
  }
  ASN1_INTEGER* number = make_integer(wish.number);
  must(X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0) == 1);
  ASN1_INTEGER_free(number);
  must(X509_CRL_sign(crl, key_of(key), EVP_sha256()) > 0);
  const std::string der = der_of(crl, &i2d_X509_CRL);
  ASN1_TIME_free(from);
  ASN1_TIME_free(until);
  X509_NAME_free(issuer);
  X509_CRL_free(crl);
  return der;
}

std::string to_pem(std::string_view der, const std::string& label) {
  const std::string text = to_base64(der);
  std::string out = "-----BEGIN " + label + "-----\n";
  for (std::size_t at = 0; at < text.size(); at += 64) out += text.substr(at, 64) + "\n";
  return out + "-----END " + label + "-----\n";
}

std::string der_value(std::uint8_t tag, const std::string& content) {
  std::string out(1, static_cast<char>(tag));
  if (content.size() >= 0x100)
    out += "\x82" + std::string(1, static_cast<char>(content.size() >> 8));
  else if (content.size() >= 0x80)
    out += "\x81";
  return out + static_cast<char>(content.size() & 0xFFu) + content;
}

std::string make_sgx_extension(const attest::PckExtension& platform, bool reversed) {
  std::vector<std::string> tcb, members;
  for (std::size_t i = 0; i < 16; ++i)
    tcb.push_back(pair(below('\x02', static_cast<char>(i + 1)), number(0x02, platform.components[i])));
  tcb.push_back(pair(below('\x02', '\x11'), number(0x02, platform.pcesvn)));
  tcb.push_back(pair(below('\x02', '\x12'), der_value(0x04, platform.cpusvn)));
  const auto join = [&](std::vector<std::string> parts) {
    if (reversed) std::reverse(parts.begin(), parts.end());
    std::string all;
    for (const std::string& each : parts) all += each;
    return der_value(0x30, all);
  };
  members.push_back(pair(member('\x01'), der_value(0x04, platform.ppid)));
  members.push_back(pair(member('\x02'), join(tcb)));
  members.push_back(pair(member('\x03'), der_value(0x04, platform.pceid)));
  members.push_back(pair(member('\x04'), der_value(0x04, platform.fmspc)));
  members.push_back(pair(member('\x05'), number(0x0A, static_cast<unsigned>(platform.sgx_type))));
  if (platform.platform_instance) members.push_back(pair(member('\x06'), der_value(0x04, *platform.platform_instance)));
  if (platform.dynamic_platform) {
    const std::string flags = pair(below('\x07', '\x01'), flag(*platform.dynamic_platform)) +
                              pair(below('\x07', '\x02'), flag(platform.cached_keys.value_or(false))) +
                              pair(below('\x07', '\x03'), flag(platform.smt_enabled.value_or(false)));
    members.push_back(pair(member('\x07'), der_value(0x30, flags)));
  }
  return join(members);
}

}  // namespace attest_test
