#include "attest/p256.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/crypto.hpp"

namespace cosigner::attest {
namespace {

constexpr std::size_t coordinate_size = 32;

struct Free {
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
  void operator()(BIGNUM* number) const { BN_free(number); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

EVP_PKEY* key_from_point(std::string& point) {
  char group[] = "prime256v1";
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      OSSL_PARAM_construct_end(),
  };
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1) return nullptr;
  return key;
}

/// r||s to DER; empty when OpenSSL is out of memory.
std::string to_der(std::string_view signature) {
  const Owned<ECDSA_SIG> pair(ECDSA_SIG_new());
  Owned<BIGNUM> r(BN_bin2bn(bytes_of(signature), static_cast<int>(coordinate_size), nullptr));
  Owned<BIGNUM> s(BN_bin2bn(bytes_of(signature) + coordinate_size, static_cast<int>(coordinate_size), nullptr));
  if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
  static_cast<void>(r.release());  // both belong to the pair now
  static_cast<void>(s.release());
  unsigned char buffer[80];
  unsigned char* end = buffer;
  const int length = i2d_ECDSA_SIG(pair.get(), &end);  // at most 72 bytes for two numbers of 32
  return length > 0 ? std::string(reinterpret_cast<char*>(buffer), static_cast<std::size_t>(length)) : std::string();
}

}  // namespace

std::optional<P256Key> P256Key::from_coordinates(std::string_view xy) {
  if (xy.size() != 2 * coordinate_size) return std::nullopt;
  std::string point = "\x04" + std::string(xy);  // uncompressed
  EVP_PKEY* key = key_from_point(point);
  ERR_clear_error();
  if (key == nullptr) return std::nullopt;
  return P256Key(std::shared_ptr<void>(key, [](void* each) { EVP_PKEY_free(static_cast<EVP_PKEY*>(each)); }));
}

bool P256Key::verifies(std::string_view message, std::string_view signature) const {
  if (signature.size() != 2 * coordinate_size) return false;
  const std::string der = to_der(signature);
  return !der.empty() && verifies_der(message, der);
}

bool P256Key::verifies_der(std::string_view message, std::string_view signature) const {
  const std::string digest = sha256(message);
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(static_cast<EVP_PKEY*>(key_.get()), nullptr));
  const bool good = context && EVP_PKEY_verify_init(context.get()) == 1 &&
                    EVP_PKEY_verify(context.get(), bytes_of(signature), signature.size(), bytes_of(digest), digest.size()) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace cosigner::attest
