#include "report/redactor.hpp"

#include <catch2/catch.hpp>

#include "base/encoding.hpp"

using namespace cosigner;

TEST_CASE("a secret is found as it is, and escaped for URL, JSON, hex and base64 at any offset") {
  const std::string value = "p\"ss/w+rd=:9\\z";
  report::Redactor redactor;
  redactor.add(Secret(std::string(value)));
  const std::string json_form = "p\\\"ss/w+rd=:9\\\\z";
  for (const auto& form : {value, to_url_component(value), json_form, to_hex(value)}) {
    INFO(form);
    CHECK(redactor.scrub("before " + form + " after") == "before [secret] after");
  }
  for (const std::string before : {"", "a", "ab", "abc", "user:"}) {
    const std::string text = to_base64(before + value + " and more");
    INFO(before);
    CHECK_THAT(redactor.scrub(text), Catch::Contains("[secret]"));
    const auto clean = redactor.scrub(text);
    CHECK(clean.size() < text.size());
  }
}

TEST_CASE("short values are not searched for, and nothing known changes nothing") {
  report::Redactor redactor;
  CHECK(redactor.scrub("abc") == "abc");
  redactor.add(Secret(std::string("abc")));
  CHECK_FALSE(redactor.knows_any());
}

TEST_CASE("a secret that contains another leaves no rest") {
  report::Redactor redactor;
  redactor.add(Secret(std::string("tiger")));
  redactor.add(Secret(std::string("tiger-lily")));
  CHECK(redactor.scrub("tiger-lily tiger") == "[secret] [secret]");
}
