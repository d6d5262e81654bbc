#include "apt/key_choice.hpp"

#include <algorithm>

namespace cosigner::apt {
namespace {

std::string listed(const std::vector<PublicKey>& keys) {
  std::string out;
  for (const auto& key : keys) out += (out.empty() ? "" : ", ") + key.fingerprint;
  return out;
}

constexpr const char* new_key_remedy =
    "Run `cosigner setup` again with a profile that lists the new fingerprint, or pass --key-fingerprint after you compared it with the publisher's.";

}  // namespace

std::string plain_fingerprint(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c >= 'a' && c <= 'f') out += static_cast<char>(c - 32);
    else if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'F')) out += c;
  }
  return out;
}

Result<PublicKey> choose_key(std::string_view file, const std::vector<std::string>& accepted, Time now) {
  std::vector<PublicKey> keys = TRY(read_public_keys(file));
  if (keys.size() != 1) {
    return make_error("apt.key_ambiguous", "the key file holds " + std::to_string(keys.size()) + " keys: " + listed(keys),
                      "Ask the publisher why; a file with more than one key is never accepted.");
  }
  PublicKey& key = keys.front();
  const bool is_known = std::any_of(accepted.begin(), accepted.end(), [&](const auto& f) { return plain_fingerprint(f) == key.fingerprint; });
  if (!is_known) return make_error("apt.key_unknown", "the key " + key.fingerprint + " is not one of those that were announced", new_key_remedy);
  if (!key.usable) return make_error("apt.key_unreadable", "the key " + key.fingerprint + " has no valid signature of its own, or is not RSA", new_key_remedy);
  if (key.revoked) return make_error("apt.key_revoked", "the key " + key.fingerprint + " was revoked by its owner", new_key_remedy);
  if (key.is_expired(now)) return make_error("apt.key_expired", "the signing key " + key.fingerprint + " expired on " + to_date(*key.expires), new_key_remedy);
  return std::move(key);
}

std::optional<int> days_left(const PublicKey& key, Time now) {
  if (!key.expires) return std::nullopt;
  return static_cast<int>(std::chrono::floor<std::chrono::days>(*key.expires - now).count());
}

}  // namespace cosigner::apt
