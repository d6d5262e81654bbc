#include "base/crypto.hpp"

#include <catch2/catch.hpp>
#include <set>

using namespace cosigner;

TEST_CASE("SHA-256 of the empty text is the standard's value, whole and in pieces") {
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256 running;
  running.add("a");
  running.add("bc");
  CHECK(running.finish_hex() == sha256_hex("abc"));
}

TEST_CASE("a UUID is random, version 4, and never twice the same") {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string uuid = make_uuid().value();
    CHECK(uuid.size() == 36);
    CHECK(uuid[14] == '4');
    CHECK(std::string("89ab").find(uuid[19]) != std::string::npos);
    CHECK(seen.insert(uuid).second);
  }
}

TEST_CASE("the discarded key is a public key and a new one each time") {
  const auto one = make_discarded_rsa_public_key();
  const auto two = make_discarded_rsa_public_key();
  REQUIRE(one);
  CHECK(one->find("-----BEGIN PUBLIC KEY-----") == 0);
  CHECK(one->find("PRIVATE") == std::string::npos);
  CHECK(*one != *two);
}

TEST_CASE("a signature that fits no key is refused without a crash") {
  CHECK_FALSE(verify_rsa_digest("", "", "SHA256", "", ""));
  CHECK_FALSE(verify_rsa_digest(std::string(256, '\x7f'), "\x01\x00\x01", "SHA256", sha256("x"), std::string(256, '\x01')));
  CHECK_FALSE(verify_rsa_digest(std::string(256, '\x7f'), "\x01\x00\x01", "NOHASH", sha256("x"), std::string(256, '\x01')));
}

TEST_CASE("an unknown digest name gives nothing") { CHECK(digest_of("NOHASH", "x").empty()); }
