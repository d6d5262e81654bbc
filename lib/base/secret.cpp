#include "base/secret.hpp"

#include <openssl/crypto.h>

namespace cosigner {

void wipe_text(std::string& text) noexcept {
  if (text.capacity() > 0) OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

Secret::Secret(std::string&& bytes) : bytes_(bytes) { wipe_text(bytes); }

Secret::Secret(const Secret& other) = default;

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe();
    bytes_ = other.bytes_;
  }
  return *this;
}

// A moved short string leaves its bytes in the source's own buffer, so moving is copying and wiping.
Secret::Secret(Secret&& other) noexcept : bytes_(other.bytes_) { other.wipe(); }  // NOLINT(performance-move-constructor-init,cert-oop11-cpp)

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    bytes_ = other.bytes_;
    other.wipe();
  }
  return *this;
}

Secret::~Secret() { wipe(); }

std::string_view Secret::reveal(std::string_view) const { return bytes_; }

std::string Secret::tail(std::size_t count) const {
  if (count * 4 > bytes_.size()) return {};
  return bytes_.substr(bytes_.size() - count);
}

bool operator==(const Secret& left, const Secret& right) {
  return left.bytes_.size() == right.bytes_.size() &&
         CRYPTO_memcmp(left.bytes_.data(), right.bytes_.data(), left.bytes_.size()) == 0;
}

void Secret::wipe() noexcept { wipe_text(bytes_); }

}  // namespace cosigner
