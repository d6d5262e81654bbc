#include "kit/made_certificates.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace cosigner::kit {
namespace {

template <class Write>
std::string pem_of(Write&& write) {
  BIO* out = BIO_new(BIO_s_mem());
  write(out);
  char* data = nullptr;
  const long length = BIO_get_mem_data(out, &data);
  std::string text(data, static_cast<std::size_t>(length));
  BIO_free(out);
  return text;
}

EVP_PKEY* key_of(const MadeKey& key) { return static_cast<EVP_PKEY*>(key.handle()); }

void set_name(X509_NAME* name, const std::string& common_name) {
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
}

void add_extension(X509* certificate, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
  if (extension == nullptr) throw std::runtime_error("the test asked for an extension that OpenSSL cannot make");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

MadeKey::MadeKey(void* key) : key_(key, [](void* each) { EVP_PKEY_free(static_cast<EVP_PKEY*>(each)); }) {
  if (key == nullptr) throw std::runtime_error("the test could not make a key");
}

MadeKey MadeKey::rsa(int bits) { return MadeKey(EVP_RSA_gen(static_cast<unsigned>(bits))); }
MadeKey MadeKey::curve(const char* name) { return MadeKey(EVP_EC_gen(name)); }

std::string MadeKey::public_pem() const {
  return pem_of([this](BIO* out) { PEM_write_bio_PUBKEY(out, key_of(*this)); });
}

std::string MadeKey::private_pem() const {
  return pem_of([this](BIO* out) { PEM_write_bio_PrivateKey(out, key_of(*this), nullptr, nullptr, 0, nullptr, nullptr); });
}

MadeCertificate make_certificate(const CertificateWish& wish, const MadeKey& key, const std::string& issuer_name, const MadeKey& issuer_key) {
  static long serial = 1;
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  ASN1_TIME_set(X509_getm_notBefore(certificate), static_cast<time_t>(wish.from.time_since_epoch().count()));
  ASN1_TIME_set(X509_getm_notAfter(certificate), static_cast<time_t>(wish.until.time_since_epoch().count()));
  set_name(X509_get_subject_name(certificate), wish.common_name);
  X509_NAME* issuer = X509_NAME_new();
  set_name(issuer, issuer_name);
  X509_set_issuer_name(certificate, issuer);
  X509_NAME_free(issuer);
  X509_set_pubkey(certificate, key_of(key));
  if (wish.is_ca) add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
  if (!wish.alternative_names.empty()) add_extension(certificate, NID_subject_alt_name, wish.alternative_names.c_str());
  X509_sign(certificate, key_of(issuer_key), EVP_sha256());
  MadeCertificate made{pem_of([&](BIO* out) { PEM_write_bio_X509(out, certificate); }), wish.common_name};
  X509_free(certificate);
  return made;
}

}  // namespace cosigner::kit
