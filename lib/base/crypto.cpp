#include "base/crypto.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include <memory>

#include "base/encoding.hpp"

namespace cosigner {
namespace {

template <class T, void (*Free)(T*)>
struct Freed {
  void operator()(T* object) const { Free(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX, EVP_PKEY_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Freed<BIGNUM, BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM, OSSL_PARAM_free>>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

Number number(std::string_view big_endian) {
  return Number(BN_bin2bn(bytes_of(big_endian), static_cast<int>(big_endian.size()), nullptr));
}

Key rsa_public_key(std::string_view modulus, std::string_view exponent) {
  const Number n = number(modulus);
  const Number e = number(exponent);
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!n || !e || !builder) return nullptr;
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) <= 0) return nullptr;
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) <= 0) return nullptr;
  return Key(key);
}

std::string digest_by(const EVP_MD* method, std::string_view bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (method == nullptr || EVP_Digest(bytes.data(), bytes.size(), out, &length, method, nullptr) != 1) return {};
  return std::string(reinterpret_cast<const char*>(out), length);
}

}  // namespace

std::string digest_of(std::string_view hash_name, std::string_view bytes) {
  return digest_by(EVP_get_digestbyname(std::string(hash_name).c_str()), bytes);
}

std::string sha256(std::string_view bytes) {
  // Looked up once: by name, and among the providers, each time would cost as much as the digest of a kilobyte.
  static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return digest_by(method, bytes);
}

std::string sha256_hex(std::string_view bytes) { return to_hex(sha256(bytes)); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_), EVP_sha256(), nullptr);
}

Sha256::~Sha256() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }

void Sha256::add(std::string_view bytes) {
  EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(), bytes.size());
}

std::string Sha256::finish_hex() {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), out, &length);
  return to_hex(std::string_view(reinterpret_cast<const char*>(out), length));
}

Result<std::string> random_bytes(std::size_t count) {
  std::string out(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) != 1) {
    return make_error("base.random_unavailable", "the system's random generator gave no bytes",
                      "Check that /dev/urandom and the getrandom system call work, then run again.");
  }
  return out;
}

Result<std::string> make_uuid() {
  std::string bytes = TRY(random_bytes(16));
  bytes[6] = static_cast<char>((static_cast<unsigned char>(bytes[6]) & 0x0Fu) | 0x40u);  // RFC 4122, version 4
  bytes[8] = static_cast<char>((static_cast<unsigned char>(bytes[8]) & 0x3Fu) | 0x80u);  // RFC 4122, variant 1
  std::string text = to_hex(bytes);
  for (const std::size_t at : {20u, 16u, 12u, 8u}) text.insert(at, "-");
  return text;
}

Result<std::string> make_discarded_rsa_public_key() {
  const Key key(EVP_RSA_gen(2048));
  const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
  if (!key || !out || PEM_write_bio_PUBKEY(out.get(), key.get()) != 1) {
    return make_error("base.key_generation_failed", "no RSA key could be generated", "Run the command again.");
  }
  char* data = nullptr;
  const long length = BIO_get_mem_data(out.get(), &data);
  return std::string(data, static_cast<std::size_t>(length));
}

bool verify_rsa_digest(std::string_view modulus, std::string_view exponent, std::string_view hash_name,
                       std::string_view digest, std::string_view signature) {
  const Key key = rsa_public_key(modulus, exponent);
  const EVP_MD* method = EVP_get_digestbyname(std::string(hash_name).c_str());
  if (!key || method == nullptr) return false;
  const KeyContext context(EVP_PKEY_CTX_new(key.get(), nullptr));
  if (!context || EVP_PKEY_verify_init(context.get()) <= 0) return false;
  if (EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) <= 0) return false;
  if (EVP_PKEY_CTX_set_signature_md(context.get(), method) <= 0) return false;
  return EVP_PKEY_verify(context.get(), bytes_of(signature), signature.size(), bytes_of(digest), digest.size()) == 1;
}

}  // namespace cosigner
