#include "keys.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <memory>

namespace lab {
namespace {

struct FreeKey {
  void operator()(EVP_PKEY* k) const { EVP_PKEY_free(k); }
};
struct FreeBio {
  void operator()(BIO* b) const { BIO_free(b); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Bio = std::unique_ptr<BIO, FreeBio>;

Bio reader(std::string_view text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

std::string drain(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

Key private_key(const std::string& pem) { return Key(PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, nullptr, nullptr)); }

}  // namespace

std::string make_private_key() {
  const Key key(EVP_RSA_gen(2048));
  const Bio out(BIO_new(BIO_s_mem()));
  if (!key || PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) return {};
  return drain(out.get());
}

std::string public_key_pem(const std::string& private_pem) {
  const Key key = private_key(private_pem);
  const Bio out(BIO_new(BIO_s_mem()));
  if (!key || PEM_write_bio_PUBKEY(out.get(), key.get()) != 1) return {};
  return drain(out.get());
}

std::string public_key_der(const std::string& private_pem) {
  const Key key = private_key(private_pem);
  const Bio out(BIO_new(BIO_s_mem()));
  if (!key || i2d_PUBKEY_bio(out.get(), key.get()) != 1) return {};
  return drain(out.get());
}

std::string sha256(std::string_view data) {
  std::string out(32, '\0');
  EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr, EVP_sha256(), nullptr);
  return out;
}

std::string to_base64(std::string_view data) {
  std::string out((data.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(data.data()), static_cast<int>(data.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::string from_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return {};
  std::string out(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return {};
  std::size_t padding = 0;
  while (padding < 2 && text[text.size() - 1 - padding] == '=') ++padding;
  out.resize(static_cast<std::size_t>(size) - padding);
  return out;
}

std::string random_hex(std::size_t bytes) {
  std::string raw(bytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(raw.data()), static_cast<int>(bytes)) != 1) return {};
  std::string out;
  for (const char c : raw) {
    constexpr std::string_view digits = "0123456789abcdef";
    out.push_back(digits[(static_cast<unsigned char>(c) >> 4U) & 15U]);
    out.push_back(digits[static_cast<unsigned char>(c) & 15U]);
  }
  return out;
}

bool signature_holds(const std::string& public_pem, std::string_view data, std::string_view signature) {
  const Key key(PEM_read_bio_PUBKEY(reader(public_pem).get(), nullptr, nullptr, nullptr));
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (!key || EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1) return false;
  return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                          reinterpret_cast<const unsigned char*>(data.data()), data.size()) == 1;
}

}  // namespace lab
