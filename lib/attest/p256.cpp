#include "attest/p256.hpp"

// A key by way of EVP_PKEY_fromdata costs a third of a signature check, one on a group that is kept costs a twentieth. OpenSSL 3
// calls the functions that do so deprecated, and has no others for it.
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>

namespace cosigner::attest {
namespace {

constexpr std::size_t coordinate_size = 32;

struct Free {
  void operator()(EC_KEY* key) const { EC_KEY_free(key); }
  void operator()(EC_POINT* point) const { EC_POINT_free(point); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

/// Made once: the curve by its name costs more than a key on it.
const EC_GROUP* p256() {
  static const EC_GROUP* const group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  return group;
}

/// Null for what is no point of the curve: EC_POINT_oct2point puts the coordinates into the curve's equation, and refuses those
/// that are not below the field's prime. All points but the one at infinity, which has no such form, are of the curve's prime
/// order.
Owned<EC_POINT> to_point(std::string_view bytes) {
  Owned<EC_POINT> point(p256() == nullptr ? nullptr : EC_POINT_new(p256()));
  const bool good = point && EC_POINT_oct2point(p256(), point.get(), bytes_of(bytes), bytes.size(), nullptr) == 1;
  return good ? std::move(point) : nullptr;
}

Owned<EC_KEY> make_key() {
  Owned<EC_KEY> key(EC_KEY_new());
  return key && p256() != nullptr && EC_KEY_set_group(key.get(), p256()) == 1 ? std::move(key) : nullptr;
}

/// A key for one check; it is good until this thread asks for the next one. A key has a copy of the group, which costs as much as
/// reading the point, so each thread has one key and puts the point in. Null when OpenSSL is out of memory.
EC_KEY* key_of(const std::shared_ptr<void>& point) {
  thread_local const Owned<EC_KEY> key = make_key();
  return key && EC_KEY_set_public_key(key.get(), static_cast<const EC_POINT*>(point.get())) == 1 ? key.get() : nullptr;
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

struct Digest {
  unsigned char bytes[32];
};

/// SHA-256 with one context a thread: making one costs more than the digest of most of what is signed. What is signed is public,
/// so nothing has to be wiped from it.
std::optional<Digest> digest_of(std::string_view message) {
  static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  Digest out;
  unsigned int size = 0;
  const bool good = method != nullptr && context && EVP_DigestInit_ex(context.get(), method, nullptr) == 1 &&
                    EVP_DigestUpdate(context.get(), message.data(), message.size()) == 1 &&
                    EVP_DigestFinal_ex(context.get(), out.bytes, &size) == 1 && size == sizeof out.bytes;
  return good ? std::optional(out) : std::nullopt;
}

}  // namespace

std::optional<P256Key> P256Key::from_coordinates(std::string_view xy) {
  if (xy.size() != 2 * coordinate_size) return std::nullopt;
  Owned<EC_POINT> point = to_point("\x04" + std::string(xy));  // uncompressed
  if (!point) {
    ERR_clear_error();
    return std::nullopt;
  }
  return P256Key(std::shared_ptr<void>(point.release(), [](void* each) { EC_POINT_free(static_cast<EC_POINT*>(each)); }));
}

bool P256Key::verifies(std::string_view message, std::string_view signature) const {
  if (signature.size() != 2 * coordinate_size) return false;
  const Owned<ECDSA_SIG> pair = signature_of(signature);
  const auto digest = digest_of(message);
  EC_KEY* key = key_of(point_);
  const bool good =
      pair && digest && key != nullptr && ECDSA_do_verify(digest->bytes, sizeof digest->bytes, pair.get(), key) == 1;
  if (!good) ERR_clear_error();
  return good;
}

bool P256Key::verifies_der(std::string_view message, std::string_view signature) const {
  const auto digest = digest_of(message);
  EC_KEY* key = key_of(point_);
  const bool good =
      digest && key != nullptr &&
      ECDSA_verify(0, digest->bytes, sizeof digest->bytes, bytes_of(signature), static_cast<int>(signature.size()), key) == 1;
  if (!good) ERR_clear_error();
  return good;
}

}  // namespace cosigner::attest
