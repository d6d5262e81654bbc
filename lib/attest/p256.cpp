#include "attest/p256.hpp"

// A key by way of EVP_PKEY_fromdata costs a third of a signature check, one on a group that is kept costs a twentieth. OpenSSL 3
// calls the functions that do so deprecated, and has no others for it.
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>

#include "base/crypto.hpp"

namespace cosigner::attest {
namespace {

constexpr std::size_t coordinate_size = 32;

struct Free {
  void operator()(EC_KEY* key) const { EC_KEY_free(key); }
  void operator()(EC_POINT* point) const { EC_POINT_free(point); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
  void operator()(BIGNUM* number) const { BN_free(number); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

/// Made once: the curve by its name costs more than the key. Every key has a copy of its own.
const EC_GROUP* p256() {
  static const EC_GROUP* const group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  return group;
}

/// Null for what is no point of the curve: EC_POINT_oct2point puts the coordinates into the curve's equation, and refuses those
/// that are not below the field's prime. All points but the one at infinity, which has no such form, are of the curve's prime
/// order.
EC_KEY* key_from_point(std::string_view point) {
  Owned<EC_KEY> key(EC_KEY_new());
  const Owned<EC_POINT> place(p256() == nullptr ? nullptr : EC_POINT_new(p256()));
  if (!key || !place || EC_KEY_set_group(key.get(), p256()) != 1) return nullptr;
  if (EC_POINT_oct2point(p256(), place.get(), bytes_of(point), point.size(), nullptr) != 1) return nullptr;
  return EC_KEY_set_public_key(key.get(), place.get()) == 1 ? key.release() : nullptr;
}

/// r||s; null when OpenSSL is out of memory.
Owned<ECDSA_SIG> signature_of(std::string_view raw) {
  Owned<ECDSA_SIG> pair(ECDSA_SIG_new());
  Owned<BIGNUM> r(BN_bin2bn(bytes_of(raw), static_cast<int>(coordinate_size), nullptr));
  Owned<BIGNUM> s(BN_bin2bn(bytes_of(raw) + coordinate_size, static_cast<int>(coordinate_size), nullptr));
  if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return nullptr;
  static_cast<void>(r.release());  // both belong to the pair now
  static_cast<void>(s.release());
  return pair;
}

EC_KEY* handle_of(const std::shared_ptr<void>& key) { return static_cast<EC_KEY*>(key.get()); }

}  // namespace

std::optional<P256Key> P256Key::from_coordinates(std::string_view xy) {
  if (xy.size() != 2 * coordinate_size) return std::nullopt;
  EC_KEY* key = key_from_point("\x04" + std::string(xy));  // uncompressed
  ERR_clear_error();
  if (key == nullptr) return std::nullopt;
  return P256Key(std::shared_ptr<void>(key, [](void* each) { EC_KEY_free(static_cast<EC_KEY*>(each)); }));
}

bool P256Key::verifies(std::string_view message, std::string_view signature) const {
  if (signature.size() != 2 * coordinate_size) return false;
  const Owned<ECDSA_SIG> pair = signature_of(signature);
  const std::string digest = sha256(message);
  const bool good = pair && ECDSA_do_verify(bytes_of(digest), static_cast<int>(digest.size()), pair.get(), handle_of(key_)) == 1;
  ERR_clear_error();
  return good;
}

bool P256Key::verifies_der(std::string_view message, std::string_view signature) const {
  const std::string digest = sha256(message);
  const bool good = ECDSA_verify(0, bytes_of(digest), static_cast<int>(digest.size()), bytes_of(signature),
                                 static_cast<int>(signature.size()), handle_of(key_)) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace cosigner::attest
