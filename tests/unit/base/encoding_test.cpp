#include "base/encoding.hpp"

#include <catch2/catch.hpp>

using namespace cosigner;

TEST_CASE("hex is read in either case and written in lower case") {
  CHECK(to_hex(std::string("\x00\xff\x10", 3)) == "00ff10");
  CHECK(from_hex("00FF10") == std::string("\x00\xff\x10", 3));
}

TEST_CASE("hex of odd length or with another character is refused") {
  CHECK_FALSE(from_hex("0"));
  CHECK_FALSE(from_hex("0g"));
  CHECK(from_hex("") == "");
}

TEST_CASE("base64 follows the vectors of RFC 4648 section 10") {
  const std::pair<const char*, const char*> vectors[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : vectors) {
    CHECK(to_base64(plain) == coded);
    CHECK(from_base64(coded) == std::string(plain));
  }
}

TEST_CASE("base64 with missing padding, white space or stray bits is refused") {
  CHECK_FALSE(from_base64("Zg"));
  CHECK_FALSE(from_base64("Zg= ="));
  CHECK_FALSE(from_base64("Zh=="));
  CHECK_FALSE(from_base64("A==="));
}

TEST_CASE("base64url uses minus and underscore and no padding") {
  CHECK(to_base64url("\xfb\xff") == "-_8");
  CHECK(from_base64url("-_8") == "\xfb\xff");
  CHECK_FALSE(from_base64url("+/8"));
}

TEST_CASE("a URL component keeps only unreserved characters") { CHECK(to_url_component("a b/ä~") == "a%20b%2F%C3%A4~"); }
