#include "apt/key_offer.hpp"

#include "apt/key_choice.hpp"

namespace cosigner::apt {
namespace {

constexpr std::chrono::hours forgiven_clock_error{24};  // as for signatures

bool ends_later(const PublicKey& one, const PublicKey& other) {
  if (!other.expires) return false;
  return !one.expires || *one.expires > *other.expires;
}

std::string end_of(const PublicKey& key) { return key.expires ? "ends on " + to_date(*key.expires) : "does not end"; }

KeyOffer same_key(const PublicKey& installed, PublicKey offered) {
  if (ends_later(offered, installed)) {
    const std::string why = "the publisher prolonged the key " + installed.fingerprint + ": it " + end_of(offered) + ", and not on " + to_date(*installed.expires);
    return {KeyNews::successor, std::move(offered), why};
  }
  if (ends_later(installed, offered)) {
    const std::string why = "the key " + offered.fingerprint + " as it is offered " + end_of(offered) + ", earlier than the installed copy, which " + end_of(installed);
    return {KeyNews::older, std::move(offered), why};
  }
  return {KeyNews::same, std::move(offered), ""};
}

bool is_revoked_copy(const PublicKey& installed, std::string_view file) {
  const auto keys = read_public_keys(file);
  return keys && keys->size() == 1 && keys->front().fingerprint == installed.fingerprint && keys->front().revoked;
}

}  // namespace

KeyOffer judge_offer(const PublicKey& installed, std::string_view file, const std::vector<std::string>& accepted, Time now) {
  if (is_revoked_copy(installed, file)) return {KeyNews::withdrawn, std::nullopt, "the installed key " + installed.fingerprint + " was revoked by its owner"};
  auto chosen = choose_key(file, accepted, now);
  if (!chosen) {
    const bool is_unknown = chosen.error().code == "apt.key_unknown";
    return {is_unknown ? KeyNews::unaccepted : KeyNews::unusable, std::nullopt, chosen.error().message};
  }
  PublicKey& offered = *chosen;
  if (offered.created > now + forgiven_clock_error) return {KeyNews::unusable, std::nullopt, "the key " + offered.fingerprint + " begins on " + to_date(offered.created) + " only"};
  if (offered.fingerprint == installed.fingerprint) return same_key(installed, std::move(offered));
  const bool is_newer = offered.created > installed.created || (offered.created == installed.created && ends_later(offered, installed));
  const std::string made = "the key " + offered.fingerprint + " of " + to_date(offered.created);
  const std::string here = "the installed key " + installed.fingerprint + " of " + to_date(installed.created);
  if (!is_newer) return {KeyNews::older, std::move(offered), made + " was made before " + here};
  return {KeyNews::successor, std::move(offered), made + " follows " + here + ", which " + end_of(installed)};
}

}  // namespace cosigner::apt
