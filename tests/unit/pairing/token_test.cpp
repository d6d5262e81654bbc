#include "pairing/token.hpp"

#include <catch2/catch.hpp>

#include "base/encoding.hpp"

using namespace cosigner;
using pairing::check_token;
using pairing::parse_token;

namespace {

const std::string user = "5B7F0C1E-2a44-4f0d-9c3b-6f1d2a3e4b5c";
const Time now{std::chrono::seconds(1795688251)};  // 2026-11-26T10:17:31Z

std::string claims(long long issued_ago, long long ends_in) {
  const long long at = now.time_since_epoch().count();
  return "{\"userId\":\"" + user + "\",\"iat\":" + std::to_string(at - issued_ago) + ",\"exp\":" + std::to_string(at + ends_in) +
         "}";
}

Secret token_of(const std::string& payload, const std::string& header = R"({"alg":"RS256"})", std::size_t signature = 256) {
  return Secret(to_base64url(header) + "." + to_base64url(payload) + "." + to_base64url(std::string(signature, 's')));
}

std::string code_of(Secret token) {
  const auto parsed = check_token(token, now);
  return parsed.ok() ? "ok" : parsed.error().code;
}

}  // namespace

TEST_CASE("a token gives its user in lower case and its last six characters, and nothing more is shown") {
  const Secret token = token_of(claims(60, 3540));
  const auto facts = check_token(token, now);
  REQUIRE(facts.ok());
  CHECK(facts->user_id == "5b7f0c1e-2a44-4f0d-9c3b-6f1d2a3e4b5c");
  CHECK(facts->tail == token.tail(6));
  CHECK(facts->tail.size() == 6);
  CHECK(facts->shown() == "user 5b7f0c1e-2a44-4f0d-9c3b-6f1d2a3e4b5c, token …" + token.tail(6));
  CHECK(pairing::token_warning(*facts, now).empty());
}

TEST_CASE("a token that has ended is refused before it is spent, with the time") {
  const auto facts = check_token(token_of(claims(3700, -100)), now);
  REQUIRE_FALSE(facts.ok());
  CHECK(facts.error().code == "pairing.token_expired");
  CHECK(facts.error().message.find("2026-11-26 10:15 UTC") != std::string::npos);
  CHECK_FALSE(facts.error().remedy.empty());
  CHECK(code_of(token_of(claims(3600, 0))) == "pairing.token_expired");
}

TEST_CASE("a token older than 55 minutes is a warning with the absolute end") {
  const auto facts = check_token(token_of(claims(56 * 60, 4 * 60)), now);
  REQUIRE(facts.ok());
  CHECK(pairing::token_warning(*facts, now) == "the pairing token is about to end: at 2026-11-26 10:21 UTC, in 4 min 00 s");
  const auto young = check_token(token_of(claims(54 * 60, 6 * 60)), now);
  CHECK(pairing::token_warning(*young, now).empty());
}

TEST_CASE("a token without times is taken: only userId is known to be there") {
  CHECK(code_of(token_of("{\"userId\":\"" + user + "\"}")) == "ok");
  CHECK(code_of(token_of("{\"userId\":\"" + user + "\",\"exp\":\"soon\",\"iat\":-5}")) == "ok");
}

TEST_CASE("what is not a token is named by the rule that it breaks, never quoted") {
  const auto bad = {std::string(),
                    std::string("abc"),
                    std::string("a.b"),
                    std::string("a.b.c.d"),
                    std::string("!!!.###.$$$"),
                    to_base64url("{}") + "." + to_base64url("[1]") + "." + to_base64url("x"),
                    to_base64url("{}") + "." + to_base64url("{}") + "." + to_base64url("x"),
                    to_base64url("{}") + "." + to_base64url("{\"userId\":7}") + "." + to_base64url("x"),
                    to_base64url("{}") + "." + to_base64url("{\"userId\":\"me\"}") + "." + to_base64url("x"),
                    to_base64url("{}") + "." + to_base64url(claims(1, 1)) + ".",
                    to_base64url("nope") + "." + to_base64url(claims(1, 1)) + "." + to_base64url("x"),
                    std::string(pairing::token_size_limit + 1, 'a')};
  for (const std::string& text : bad) {
    const auto parsed = parse_token(Secret(std::string(text)));
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().code == "pairing.token_malformed");
    if (text.size() > 4) CHECK(parsed.error().message.find(text.substr(0, 30)) == std::string::npos);
  }
}

TEST_CASE("a token whose signature is not as long as its algorithm makes it was cut, and is refused before it is spent") {
  const auto code_with = [](const std::string& algorithm, std::size_t bytes) {
    return code_of(token_of(claims(60, 3540), "{\"alg\":\"" + algorithm + "\"}", bytes));
  };
  for (const auto& [algorithm, bytes] : std::vector<std::pair<std::string, std::size_t>>{
           {"HS256", 32}, {"HS512", 64}, {"ES256", 64}, {"ES512", 132}, {"EdDSA", 64}, {"RS256", 256}, {"PS512", 512}}) {
    INFO(algorithm);
    CHECK(code_with(algorithm, bytes) == "ok");
    CHECK(code_with(algorithm, bytes - 1) == "pairing.token_malformed");
    CHECK(code_with(algorithm, bytes - 3) == "pairing.token_malformed");
    CHECK(code_with(algorithm, bytes + 1) == "pairing.token_malformed");
  }
  CHECK(code_with("another", 7) == "ok");
  const auto cut = parse_token(token_of(claims(60, 3540), R"({"alg":"HS256"})", 30));
  REQUIRE_FALSE(cut.ok());
  CHECK(
      cut.error().message ==
      "this is not a pairing token: its signature has 30 bytes, and HS256 makes 32; it was perhaps cut short when it was copied");
}

TEST_CASE("a claim that comes twice or nests deeply is refused") {
  CHECK(code_of(token_of("{\"userId\":\"" + user + "\",\"userId\":\"" + user + "\"}")) == "pairing.token_malformed");
  CHECK(code_of(token_of("{\"userId\":\"" + user + "\",\"a\":[[[[[[[[[[]]]]]]]]]]}")) == "pairing.token_malformed");
}

TEST_CASE("a GUID has its dashes in place and hexadecimal digits elsewhere") {
  CHECK(pairing::is_guid(user));
  CHECK_FALSE(pairing::is_guid(user + "0"));
  CHECK_FALSE(pairing::is_guid("5b7f0c1e02a44-4f0d-9c3b-6f1d2a3e4b5c"));
  CHECK_FALSE(pairing::is_guid("5b7f0c1g-2a44-4f0d-9c3b-6f1d2a3e4b5c"));
}
