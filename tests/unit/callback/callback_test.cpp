#include <catch2/catch.hpp>

#include "callback/credentials.hpp"
#include "callback/handler_url.hpp"
#include "callback/scheme.hpp"
#include "callback/wanted.hpp"
#include "kit/made_certificates.hpp"

using namespace cosigner;
using callback::Scheme;
using callback::Wanted;
using kit::CertificateWish;
using kit::MadeKey;

namespace {

const Time now{std::chrono::seconds(1795688251)};
const auto month = std::chrono::hours(24 * 30);
const std::string latest = "2026.10.03";

/// One authority and one handler for all tests: making RSA keys is slow.
struct Pki {
  MadeKey root_key = MadeKey::curve("prime256v1");
  MadeKey middle_key = MadeKey::curve("prime256v1");
  MadeKey key = MadeKey::rsa();
  std::string root = kit::make_certificate({"Root", "", now - month, now + month, true}, root_key, "Root", root_key).pem;
  std::string middle = kit::make_certificate({"Middle", "", now - month, now + month, true}, middle_key, "Root", root_key).pem;
  std::string leaf = kit::make_certificate({"h.example", "DNS:h.example,DNS:*.w.example,IP:192.0.2.7", now - month, now + month, false}, key, "Middle", middle_key).pem;
  std::string make_leaf(const CertificateWish& wish) const { return kit::make_certificate(wish, key, "Middle", middle_key).pem; }
};
const Pki& pki() {
  static const Pki made;
  return made;
}

Wanted wanted_for(Scheme scheme) {
  const auto& facts = callback::facts_of(scheme);
  Wanted wanted;
  wanted.url = "https://h.example:8443/x";
  wanted.scheme = scheme;
  if (facts.wants_key) wanted.public_key = pki().key.public_pem();
  if (facts.wants_certificate) wanted.certificate = pki().leaf;
  if (facts.wants_root_ca) wanted.root_ca = pki().root;
  return wanted;
}

std::vector<std::string> codes(const std::vector<Error>& problems) {
  std::vector<std::string> out;
  for (const auto& problem : problems) {
    out.push_back(problem.code);
    CHECK_FALSE(problem.remedy.empty());
  }
  return out;
}

using Codes = std::vector<std::string>;
const auto all_schemes = {Scheme::public_key, Scheme::certificate, Scheme::root_ca, Scheme::hybrid_certificate, Scheme::hybrid_root_ca};

}  // namespace

TEST_CASE("a callback URL is https, has a host, and neither login, query nor suffix") {
  const auto parsed = callback::parse_handler_url("https://Handler.Example:8443/x/y/");
  REQUIRE(parsed.url);
  CHECK(parsed.problems.empty());
  CHECK(parsed.url->host == "handler.example");
  CHECK(parsed.url->port == 8443);
  CHECK(parsed.url->path == "/x/y");
  CHECK(callback::parse_handler_url("https://h.example").url->port == 443);
  CHECK(callback::parse_handler_url("https://[2001:DB8::1]:99/x").url->host == "2001:db8::1");
  CHECK(callback::parse_handler_url("https://192.0.2.7").url->is_address);
  for (const char* bad : {"", "http://h.example", "h.example", "https://", "https://user@h.example", "https://u:p@h.example/x", "https://h.example:0", "https://h.example:65536", "https://h.example:8x",
                          "https://h_x.example", "https://-h.example", "https://h..example", "https://h.example/?a=b", "https://h.example#x", "https://h.example/a b", "https://1.2.3.999", "https://[::1", "https://h.example\n"}) {
    INFO(bad);
    const auto refused = callback::parse_handler_url(bad);
    CHECK_FALSE(refused.url);
    REQUIRE_FALSE(refused.problems.empty());
    CHECK(refused.problems.front().code == "callback.url_invalid");
  }
}

TEST_CASE("a suffix that the co-signer adds by itself is named") {
  for (const char* typed : {"https://h.example/v2/tx_sign_request", "https://h.example/x/config_change_sign_request/", "https://h.example/x/v2"}) {
    const auto parsed = callback::parse_handler_url(typed);
    CHECK(parsed.url);
    REQUIRE(codes(parsed.problems) == Codes{"callback.url_has_suffix"});
  }
  CHECK(callback::parse_handler_url("https://h.example/v21").problems.empty());
}

TEST_CASE("revisions compare as dates, suffixes do not count, and what is no revision says nothing") {
  CHECK(callback::is_at_least("2026.10.03", "2025.12.11") == true);
  CHECK(callback::is_at_least("2025.12.11", "2025.12.11") == true);
  CHECK(callback::is_at_least("3.10.1", "2025.12.11") == false);
  CHECK(callback::is_at_least("3.10.1", "3.7.1") == true);
  CHECK(callback::is_at_least("2026.10.03-sick", "2026.10.03") == true);
  CHECK_FALSE(callback::is_at_least("latest", "2025.12.11"));
}

TEST_CASE("all five schemes are well with exactly their own fields") {
  for (const auto scheme : all_schemes) {
    INFO(callback::facts_of(scheme).name);
    CHECK(codes(callback::check_offline(wanted_for(scheme), latest, now)).empty());
    CHECK(callback::parse_scheme(callback::facts_of(scheme).name) == scheme);
  }
}

TEST_CASE("missing and unwanted fields are all told at once") {
  Wanted wanted = wanted_for(Scheme::hybrid_certificate);
  wanted.root_ca = pki().root;
  wanted.public_key.clear();
  wanted.certificate.clear();
  wanted.url = "https://h.example/v2";
  CHECK(codes(callback::check_offline(wanted, "3.7.1", now)) ==
        Codes{"callback.url_has_suffix", "callback.image_too_old", "callback.field_missing", "callback.field_unwanted", "callback.field_missing"});
  const Error one = callback::as_one(callback::check_offline(wanted, "3.7.1", now));
  CHECK(one.message.rfind("5 problems", 0) == 0);
}

TEST_CASE("Root CA and hybrid schemes need an image of 2025.12.11, key and certificate do not") {
  for (const auto scheme : all_schemes) {
    const bool old_enough = scheme == Scheme::public_key || scheme == Scheme::certificate;
    CHECK(codes(callback::check_offline(wanted_for(scheme), "2025.10.09", now)) == (old_enough ? Codes{} : Codes{"callback.image_too_old"}));
  }
}

TEST_CASE("a handler's key is RSA with 2048 bits, or P-256 on images that know it") {
  CHECK(callback::check_public_key(pki().key.public_pem(), false).empty());
  CHECK(codes(callback::check_public_key(MadeKey::rsa(3072).public_pem(), true)) == Codes{"callback.key_invalid"});
  CHECK(codes(callback::check_public_key(MadeKey::rsa(1024).public_pem(), true)) == Codes{"callback.key_invalid"});
  CHECK(callback::check_public_key(MadeKey::curve("prime256v1").public_pem(), true).empty());
  CHECK(codes(callback::check_public_key(MadeKey::curve("prime256v1").public_pem(), false)) == Codes{"callback.key_invalid"});
  CHECK(codes(callback::check_public_key(MadeKey::curve("secp384r1").public_pem(), true)) == Codes{"callback.key_invalid"});
  CHECK(codes(callback::check_public_key("hello", true)) == Codes{"callback.key_invalid"});
  Wanted wanted = wanted_for(Scheme::public_key);
  wanted.public_key = MadeKey::curve("prime256v1").public_pem();
  CHECK(codes(callback::check_offline(wanted, "2026.08.18", now)) == Codes{"callback.key_invalid"});
  CHECK(callback::check_offline(wanted, "2026.08.19", now).empty());
}

TEST_CASE("a private key or a certificate in the key's place is named as what it is") {
  const auto shown = callback::check_public_key(pki().key.private_pem(), true);
  REQUIRE(shown.size() == 1);
  CHECK(shown[0].message.find("private key") != std::string::npos);
  CHECK(callback::check_public_key(pki().leaf, true).at(0).message.find("a certificate was given") != std::string::npos);
}

TEST_CASE("a certificate has to name the host: DNS names, addresses, one label for a star, the common name only without names") {
  CHECK(callback::check_certificate(pki().leaf, "H.example", now).empty());
  CHECK(callback::check_certificate(pki().leaf, "a.w.example", now).empty());
  CHECK(callback::check_certificate(pki().leaf, "192.0.2.7", now).empty());
  CHECK(codes(callback::check_certificate(pki().leaf, "192.0.2.8", now)) == Codes{"callback.certificate_invalid"});
  CHECK(codes(callback::check_certificate(pki().leaf, "a.b.w.example", now)) == Codes{"callback.certificate_invalid"});
  CHECK(codes(callback::check_certificate(pki().leaf, "w.example", now)) == Codes{"callback.certificate_invalid"});
  const std::string only_cn = pki().make_leaf({"cn.example", "", now - month, now + month, false});
  CHECK(callback::check_certificate(only_cn, "cn.example", now).empty());
  const std::string both = pki().make_leaf({"cn.example", "DNS:other.example", now - month, now + month, false});
  CHECK(codes(callback::check_certificate(both, "cn.example", now)) == Codes{"callback.certificate_invalid"});
  CHECK_FALSE(callback::name_matches("*.example", "h.example"));
  CHECK_FALSE(callback::name_matches("", ""));
}

TEST_CASE("a certificate that ended or has not begun is refused with the time") {
  CHECK(codes(callback::check_certificate(pki().leaf, "h.example", now + 2 * month)) == Codes{"callback.certificate_invalid"});
  CHECK(callback::check_certificate(pki().leaf, "h.example", now - 2 * month).at(0).message.find("not valid before 2026-10-27") != std::string::npos);
  CHECK(codes(callback::check_root_ca(pki().root, now + 2 * month)) == Codes{"callback.root_ca_invalid"});
}

TEST_CASE("a Root CA is marked as a CA") {
  CHECK(callback::check_root_ca(pki().root, now).empty());
  CHECK(codes(callback::check_root_ca(pki().leaf, now)) == Codes{"callback.root_ca_invalid"});
  CHECK(codes(callback::check_root_ca("no", now)) == Codes{"callback.root_ca_invalid"});
}

TEST_CASE("the pinned certificate equals the served one") {
  const Wanted wanted = wanted_for(Scheme::certificate);
  CHECK(callback::check_served(wanted, {{pki().leaf, pki().middle}, false, "unknown issuer"}, now).empty());
  const std::string other = pki().make_leaf({"h.example", "DNS:h.example", now - month, now + month, false});
  CHECK(codes(callback::check_served(wanted, {{other}, true, ""}, now)) == Codes{"callback.handler_mismatch"});
  CHECK(codes(callback::check_served(wanted, {{}, false, ""}, now)) == Codes{"callback.handler_untrusted"});
}

TEST_CASE("the given Root CA validates the served chain, with the certificates in between") {
  const Wanted wanted = wanted_for(Scheme::root_ca);
  CHECK(callback::check_served(wanted, {{pki().leaf, pki().middle}, false, ""}, now).empty());
  CHECK(codes(callback::check_served(wanted, {{pki().leaf}, false, ""}, now)) == Codes{"callback.handler_mismatch"});
  CHECK(codes(callback::check_served(wanted, {{pki().leaf, pki().middle}, false, ""}, now + 2 * month)) == Codes{"callback.handler_mismatch"});
  const MadeKey other_key = MadeKey::curve("prime256v1");
  Wanted other = wanted;
  other.root_ca = kit::make_certificate({"Root", "", now - month, now + month, true}, other_key, "Root", other_key).pem;
  CHECK(codes(callback::check_served(other, {{pki().leaf, pki().middle}, true, ""}, now)) == Codes{"callback.handler_mismatch"});
}

TEST_CASE("the scheme publicKey needs a public CA on the handler") {
  const Wanted wanted = wanted_for(Scheme::public_key);
  CHECK(callback::check_served(wanted, {{pki().leaf}, true, ""}, now).empty());
  CHECK(codes(callback::check_served(wanted, {{pki().leaf}, false, "self-signed"}, now)) == Codes{"callback.handler_untrusted"});
}

TEST_CASE("a certificate is fetched only when its SHA-256 is the given one") {
  Wanted wanted = wanted_for(Scheme::certificate);
  const std::string print = callback::fingerprint_of_pem(pki().leaf).value();
  wanted.certificate.clear();
  wanted.fetch_sha256 = print;
  CHECK(callback::check_offline(wanted, latest, now).empty());
  CHECK(callback::with_fetched(wanted, {{pki().leaf}, false, ""})->certificate == pki().leaf);
  CHECK(callback::with_fetched(wanted, {{pki().root}, false, ""}).error().code == "callback.handler_mismatch");
  wanted.fetch_sha256 = "12:34";
  CHECK(codes(callback::check_offline(wanted, latest, now)) == Codes{"callback.field_missing"});
}

TEST_CASE("identity is the same for the same handler, however it was written down, and needs no network") {
  Wanted given = wanted_for(Scheme::certificate);
  Wanted fetched = given;
  fetched.certificate.clear();
  fetched.fetch_sha256 = callback::fingerprint_of_pem(pki().leaf).value();
  CHECK(callback::identity_of(given) == callback::identity_of(fetched));
  Wanted spaced = given;
  spaced.certificate = "\n" + given.certificate + "\n\n";
  CHECK(callback::identity_of(given) == callback::identity_of(spaced));
  for (const auto scheme : all_schemes) {
    if (scheme != Scheme::certificate) CHECK(callback::identity_of(given) != callback::identity_of(wanted_for(scheme)));
  }
  CHECK(callback::identity_of(std::nullopt) == "none");
}
