#include "container/registry_login.hpp"

#include <catch2/catch.hpp>

using namespace cosigner::container;

TEST_CASE("a registry that takes the login itself accepts it by 200 and refuses it by 401") {
  CHECK(registry_root("registry.example:5000") == "https://registry.example:5000/v2/");
  CHECK(basic_authorization("reader", "pa:ss") == "Authorization: Basic cmVhZGVyOnBhOnNz");
  CHECK(judge_root(200, "") == LoginVerdict::accepted);
  CHECK(judge_root(401, "Basic realm=\"registry\"") == LoginVerdict::refused);
  CHECK(judge_root(401, "") == LoginVerdict::refused);
  for (const int status : {0, 301, 403, 404, 429, 500, 503}) CHECK(judge_root(status, "") == LoginVerdict::unknown);
}

TEST_CASE("where an authority makes the tokens, it decides") {
  const std::string challenge = "Bearer realm=\"https://auth.example/token\",service=\"registry example\",scope=\"x\"";
  CHECK(judge_root(401, challenge) == LoginVerdict::unknown);
  CHECK(token_address(challenge, "team/cosigner") ==
        "https://auth.example/token?service=registry%20example&scope=repository%3Ateam%2Fcosigner%3Apull");
  CHECK(token_address("bearer Realm=\"https://auth.example/t?a=b\"", "x") ==
        "https://auth.example/t?a=b&scope=repository%3Ax%3Apull");
  CHECK(judge_authority(200) == LoginVerdict::accepted);
  CHECK(judge_authority(401) == LoginVerdict::refused);
  CHECK(judge_authority(403) == LoginVerdict::refused);
  CHECK(judge_authority(500) == LoginVerdict::unknown);
}

TEST_CASE("a login goes to no authority that is named without https, with blanks, with another's name in front, or not at all") {
  for (const char* realm : {"http://auth.example/t", "https://", "https:///t", "https://registry.example@evil.example/t",
                            "https://a b/t", "https://a\\b/t", "//auth.example", ""}) {
    INFO(realm);
    CHECK_FALSE(token_address("Bearer realm=\"" + std::string(realm) + "\",service=\"s\"", "x"));
  }
  CHECK_FALSE(token_address("Bearer service=\"s\"", "x"));
  CHECK_FALSE(token_address("Bearer xrealm=\"https://auth.example/t\"", "x"));
  CHECK_FALSE(token_address("Bearer realm=\"https://auth.example/t", "x"));
  CHECK_FALSE(token_address("Basic realm=\"https://auth.example/t\"", "x"));
  CHECK_FALSE(token_address("Bearer realm=\"https://auth.example/" + std::string(5000, 'a') + "\"", "x"));
}
