#include "apt/openpgp.hpp"

#include <catch2/catch.hpp>

#include "unit/apt/fixtures.hpp"
#include "apt/key_choice.hpp"

using namespace cosigner;
using namespace cosigner::apt;
using namespace cosigner::apt::tests;

namespace {

PublicKey key_of(const std::string& file) {
  auto keys = read_public_keys(fixture(file));
  REQUIRE(keys.ok());
  REQUIRE(keys->size() == 1);
  return keys->front();
}

}  // namespace

TEST_CASE("fingerprint, size, dates and user id of a key are those that gpg gave it") {
  for (const char* file : {"good.asc", "good.gpg"}) {
    const PublicKey key = key_of(file);
    CHECK(key.fingerprint == fingerprint_of_fixture("good"));
    CHECK(key.bits == 2048);
    CHECK(to_date(key.created) == "2026-01-01");
    REQUIRE(key.expires);
    CHECK(to_date(*key.expires) == "2027-03-20");
    CHECK(key.user_id.raw() == "Repository key <a@example.org>");
    CHECK(key.usable);
    CHECK_FALSE(key.revoked);
  }
}

TEST_CASE("the newest valid self-signature decides when a key ends") {
  CHECK(to_date(*key_of("prolonged.asc").expires) == "2028-03-20");
  CHECK_FALSE(key_of("other.asc").expires.has_value());
}

TEST_CASE("a self-signature that was changed proves nothing") {
  std::string bytes = fixture("good.gpg");
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  const auto keys = read_public_keys(bytes);
  REQUIRE(keys.ok());
  CHECK_FALSE(keys->front().usable);
  CHECK(to_keyring(keys->front()).empty());
}

TEST_CASE("a changed key has another fingerprint") {
  std::string bytes = fixture("good.gpg");
  bytes[40] = static_cast<char>(bytes[40] ^ 1);
  const auto keys = read_public_keys(bytes);
  REQUIRE(keys.ok());
  CHECK(keys->front().fingerprint != fingerprint_of_fixture("good"));
  CHECK_FALSE(keys->front().usable);
}

TEST_CASE("a revoked key is known as revoked") { CHECK(key_of("revoked.asc").revoked); }

TEST_CASE("a key of another algorithm is counted but not usable") {
  const PublicKey key = key_of("curve.asc");
  CHECK(key.fingerprint == fingerprint_of_fixture("curve"));
  CHECK_FALSE(key.usable);
}

TEST_CASE("a signing subkey is kept with its binding, an encryption subkey is not") {
  const PublicKey key = key_of("parent.gpg");
  REQUIRE(key.subkeys.size() == 1);
  REQUIRE(key.subkeys.front().expires);
  CHECK(to_date(*key.subkeys.front().expires) == "2027-06-01");
  CHECK(key.canonical.size() == 5);
}

TEST_CASE("a keyring written by us reads back as the same key, and writing it again gives the same bytes") {
  for (const char* file : {"good.asc", "parent.asc", "prolonged.asc"}) {
    const PublicKey key = key_of(file);
    const std::string keyring = to_keyring(key);
    const auto again = read_public_keys(keyring);
    REQUIRE(again.ok());
    CHECK(again->front().fingerprint == key.fingerprint);
    CHECK(again->front().expires == key.expires);
    CHECK(to_keyring(again->front()) == keyring);
    CHECK(to_keyring(read_public_keys(to_armour(keyring, "PUBLIC KEY BLOCK"))->front()) == keyring);
  }
}

TEST_CASE("the fetched key is accepted only alone, known, and before its end") {
  const std::string good = fingerprint_of_fixture("good");
  const auto code_of = [](const Result<PublicKey>& result) { return result.ok() ? std::string("ok") : result.error().code; };
  CHECK(code_of(choose_key(fixture("good.asc"), {good}, now)) == "ok");
  CHECK(code_of(choose_key(fixture("good.asc"), {"0123", good.substr(0, 20) + " " + good.substr(20)}, now)) == "ok");
  CHECK(code_of(choose_key(fixture("other.asc"), {good}, now)) == "apt.key_unknown");
  CHECK(code_of(choose_key(fixture("good.asc"), {}, now)) == "apt.key_unknown");
  CHECK(code_of(choose_key(fixture("good.asc"), {good}, day("2027-03-21"))) == "apt.key_expired");
  CHECK(code_of(choose_key(fixture("good.asc"), {good}, day("2027-03-20"))) == "ok");
  CHECK(code_of(choose_key(fixture("ended.gpg"), {fingerprint_of_fixture("ended")}, now)) == "apt.key_expired");
  CHECK(code_of(choose_key(fixture("revoked.asc"), {fingerprint_of_fixture("revoked")}, now)) == "apt.key_revoked");
  CHECK(code_of(choose_key(fixture("curve.gpg"), {fingerprint_of_fixture("curve")}, now)) == "apt.key_unreadable");
  CHECK(code_of(choose_key("<html>not found</html>", {good}, now)) == "apt.key_unreadable");
}

TEST_CASE("a file with the right key and a second one is refused in every order and form") {
  const std::string good = fingerprint_of_fixture("good");
  for (const char* file : {"good-then-other.gpg", "other-then-good.gpg", "good-then-other.asc", "together.asc"}) {
    const auto chosen = choose_key(fixture(file), {good}, now);
    REQUIRE_FALSE(chosen.ok());
    CHECK(chosen.error().code == "apt.key_ambiguous");
    CHECK_FALSE(chosen.error().remedy.empty());
  }
}

TEST_CASE("days left are counted down to the end of the key") {
  const PublicKey key = key_of("good.asc");
  CHECK(days_left(key, day("2027-03-19")) == 1);
  CHECK(days_left(key, day("2026-11-20")) == 120);
  CHECK(days_left(key_of("other.asc"), now) == std::nullopt);
}

TEST_CASE("a detached signature holds for the text, the key and the hash functions that are still good") {
  const std::string text = fixture("Release");
  const PublicKey good = key_of("good.asc");
  CHECK(verify_detached(good, text, fixture("Release.good.gpg"), now).ok());
  CHECK(verify_detached(good, text, fixture("Release.good.bin"), now).ok());
  CHECK(verify_detached(key_of("parent.asc"), text, fixture("Release.parent.gpg"), now).ok());
  for (const auto& [data, signature] : {std::pair{text + "x", "Release.good.gpg"}, {text, "Release.other.gpg"}, {text, "Release.sha1.gpg"}}) {
    const Status status = verify_detached(good, data, fixture(signature), now);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == "apt.index_signature_invalid");
  }
}

TEST_CASE("a signature of a key that ended, or from the future, does not hold") {
  const PublicKey good = key_of("good.asc");
  CHECK_FALSE(verify_detached(good, fixture("Release"), fixture("Release.good.gpg"), day("2027-03-21")).ok());
  CHECK_FALSE(verify_detached(good, fixture("Release"), fixture("Release.good.gpg"), day("2026-11-01")).ok());
  // The signing subkey ends on 2027-06-01, its parent never.
  CHECK_FALSE(verify_detached(key_of("parent.asc"), fixture("Release"), fixture("Release.parent.gpg"), day("2027-06-02")).ok());
}

TEST_CASE("a clear-signed index gives the text that was signed") {
  for (const char* name : {"good", "parent"}) {
    const auto text = verify_clearsigned(key_of(std::string(name) + ".asc"), fixture(std::string("InRelease.") + name), now);
    REQUIRE(text.ok());
    CHECK(*text == fixture("Release"));
  }
  const auto both = verify_clearsigned(key_of("good.asc"), fixture("InRelease.both"), now);
  CHECK(both.ok());
  const auto other = verify_clearsigned(key_of("good.asc"), fixture("InRelease.other"), now);
  REQUIRE_FALSE(other.ok());
  CHECK(other.error().code == "apt.index_signature_invalid");
}

TEST_CASE("escaped dashes and blanks at line ends of a clear-signed text are undone") {
  const auto text = verify_clearsigned(key_of("good.asc"), fixture("text.signed"), now);
  REQUIRE(text.ok());
  CHECK(*text == "-dash line\nblanks at the end\n\nlast\n");
}

TEST_CASE("text outside the one signed message is refused") {
  const PublicKey good = key_of("good.asc");
  const std::string index = fixture("InRelease.good");
  for (const std::string& text : {"Origin: evil\n\n" + index, index + "Origin: evil\n", index + index, std::string("Origin: x\n"), std::string()}) {
    const auto result = verify_clearsigned(good, text, now);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code == "apt.index_unsigned");
  }
  std::string changed = index;
  changed.replace(changed.find("Example"), 7, "Exampel");
  CHECK(verify_clearsigned(good, changed, now).error().code == "apt.index_signature_invalid");
}

TEST_CASE("no cut and no flipped byte of a key file is more than an unusable key") {
  const std::string bytes = fixture("parent.gpg");
  const std::string fingerprint = fingerprint_of_fixture("parent");
  for (std::size_t i = 0; i < bytes.size(); i += 7) {
    std::string flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x55);
    const auto keys = read_public_keys(flipped);
    const auto cut = read_public_keys(bytes.substr(0, i));
    if (keys.ok() && keys->size() == 1 && keys->front().usable && keys->front().fingerprint == fingerprint) CHECK(i > 400);
    if (cut.ok()) CHECK(cut->size() == 1);
    if (!cut.ok()) CHECK(cut.error().code == "apt.key_unreadable");
  }
}

TEST_CASE("armour must be whole, base64, and fit its checksum") {
  const std::string armour = fixture("good.asc");
  std::string wrong_sum = armour;
  wrong_sum[wrong_sum.rfind("\n=") + 2] = wrong_sum[wrong_sum.rfind("\n=") + 2] == 'A' ? 'B' : 'A';
  for (const std::string& text : {armour.substr(0, armour.size() - 40), wrong_sum, std::string(300 * 1024, 'x'), std::string("\x99\xff\xff", 3)}) {
    CHECK(read_public_keys(text).error().code == "apt.key_unreadable");
  }
}
