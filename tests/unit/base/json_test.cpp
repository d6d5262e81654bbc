#include "base/json.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/json_first_counts.hpp"

using namespace cosigner;

namespace {
std::string code_of(std::string_view text, const JsonLimits& limits = {}) {
  const auto result = parse_json(text, limits);
  return result ? "" : result.error().code;
}
}  // namespace

TEST_CASE("an object that names a key twice is refused, at any depth") {
  CHECK(code_of(R"({"a":1,"a":2})") == "json.duplicate_key");
  CHECK(code_of(R"({"b":[{"a":1,"a":2}]})") == "json.duplicate_key");
  const auto first = parse_json_first_counts(R"({"a":1,"a":{"a":[2],"a":{"b":3,"b":4}},"c":{"d":5,"d":[6]},"e":7})", {});
  REQUIRE(first.ok());
  CHECK(first->dump() == R"({"a":1,"c":{"d":5},"e":7})");
  CHECK_FALSE(parse_json_first_counts(R"({"a":1,"a":{)", {}).ok());
  CHECK(code_of(R"({"a":{"a":1},"b":{"a":2}})").empty());
}

TEST_CASE("depth and size are limited before anything is built") {
  CHECK(code_of(std::string(33, '[') + std::string(33, ']')) == "json.too_deep");
  CHECK(code_of(std::string(100000, '[')) == "json.too_deep");
  CHECK(code_of("[" + std::string(100, ' ') + "]", {.bytes = 50}) == "json.too_large");
}

TEST_CASE("a NUL byte and a byte order mark are refused") {
  CHECK(code_of(std::string_view("{}\0", 3)) == "json.not_plain_text");
  CHECK(code_of("\xEF\xBB\xBF{}") == "json.not_plain_text");
}

TEST_CASE("an error names the place and never quotes the text") {
  const auto result = parse_json("{\n  \"token\": eyJhbGciSECRET\n}");
  REQUIRE_FALSE(result);
  CHECK(result.error().code == "json.malformed");
  CHECK(result.error().message.find("line 2") != std::string::npos);
  CHECK(result.error().message.find("SECRET") == std::string::npos);
  CHECK(result.error().message.find("eyJ") == std::string::npos);
}

TEST_CASE("broken UTF-8 in a string is refused") { CHECK(code_of("\"\xff\"") == "json.malformed"); }

TEST_CASE("comments are an answers file's privilege") {
  CHECK(code_of("{} // note", {.comments = true}).empty());
  CHECK(code_of("{} // note") == "json.malformed");
}

TEST_CASE("the line of a member is found by its pointer, past strings, comments and siblings of the same name") {
  const std::string text = "{\n \"a\": {\"token\": \"b\"}, // \"b\":\n \"x\": \"b\",\n \"b\": {\n  \"token\": 1\n }\n}";
  CHECK(line_of_member(text, "/a") == 2);
  CHECK(line_of_member(text, "/b") == 4);
  CHECK(line_of_member(text, "/b/token") == 5);
  CHECK(line_of_member(text, "/a/token") == 2);
  CHECK(line_of_member(text, "/nothing") == 0);
}
