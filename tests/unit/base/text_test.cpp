#include "base/text.hpp"

#include <catch2/catch.hpp>

#include "base/path.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "base/untrusted.hpp"

using namespace cosigner;

TEST_CASE("a path folds doubled separators and dots, and keeps dot-dot so that it can be refused") {
  CHECK(Path("//etc/./x/").text() == "/etc/x");
  CHECK(Path("/").text() == "/");
  CHECK(Path("/a/../b").text() == "/a/../b");
  CHECK_FALSE(Path("/a/../b").is_plain());
  CHECK(Path("/a/..b").is_plain());
  CHECK(Path("/a/b").parent() == Path("/a"));
  CHECK(Path("/a").parent() == Path("/"));
}

TEST_CASE("a path is within its ancestors only at a component's border") {
  CHECK(Path("/etc/apt").is_within("/etc"));
  CHECK(Path("/etc").is_within("/etc"));
  CHECK_FALSE(Path("/etcetera").is_within("/etc"));
  CHECK(Path("/x").is_within("/"));
}

TEST_CASE("lines end at a line feed with or without a carriage return") {
  CHECK(lines_of("a\r\nb\n") == std::vector<std::string_view>{"a", "b"});
  CHECK(lines_of("a\n\nb") == std::vector<std::string_view>{"a", "", "b"});
  CHECK(lines_of("").empty());
}

TEST_CASE("the nearest name is offered only when it can be what was meant") {
  const std::vector<std::string> known = {"callback", "pairing", "registry"};
  CHECK(nearest_name("calback", known) == "callback");
  CHECK(nearest_name("Pairing", known) == "pairing");
  CHECK_FALSE(nearest_name("zebra", known));
}

TEST_CASE("a number has digits only and fits") {
  CHECK(parse_number("42") == 42);
  CHECK_FALSE(parse_number("-1"));
  CHECK_FALSE(parse_number("1 "));
  CHECK_FALSE(parse_number(""));
  CHECK_FALSE(parse_number("99999999999999999999999"));
}

TEST_CASE("sizes are shown in decimal units") {
  CHECK(to_people_size(812) == "812 bytes");
  CHECK(to_people_size(64000000) == "64.0 MB");
  CHECK(to_people_size(1500000000) == "1.5 GB");
}

TEST_CASE("time is written and read in one form") {
  const auto time = parse_time("2027-03-20T05:53:24Z");
  REQUIRE(time);
  CHECK(to_iso(*time) == "2027-03-20T05:53:24Z");
  CHECK(to_people_time(*time) == "2027-03-20 05:53 UTC");
  CHECK(parse_time("0") == Time{});
  CHECK_FALSE(parse_time("2027-02-30T00:00:00Z"));
  CHECK_FALSE(parse_time("2027-03-20 05:53:24Z"));
  CHECK_FALSE(parse_time("2027-03-20T24:00:00Z"));
  CHECK_FALSE(parse_time("-5"));
}

TEST_CASE("a secret shows at most the tail that is a quarter of it") {
  CHECK(Secret(std::string("abcdefghijklmnopqrstuvwx")).tail(6) == "stuvwx");
  CHECK(Secret(std::string("short")).tail(6).empty());
}

TEST_CASE("a secret takes the bytes over and leaves none behind") {
  std::string token = "token-value-that-is-long-enough-for-the-heap-0123456789";
  const Secret secret(std::move(token));
  CHECK(token.empty());  // NOLINT: the promise under test
  CHECK(secret.reveal("test") == "token-value-that-is-long-enough-for-the-heap-0123456789");
}

TEST_CASE("untrusted text is one safe line: no control, bidi or zero-width character, no broken UTF-8") {
  CHECK(shown(Untrusted("a\nb\x1b[31m")) == "a\\x0ab\\x1b[31m");
  CHECK(shown(Untrusted("\xe2\x80\xae" "gpj")) == "\\u{202e}gpj");
  CHECK(shown(Untrusted("\xff")) == "\\xff");
  CHECK(shown(Untrusted("\xc2\x9b" "1m")) == "\\x9b1m");
  CHECK(shown(Untrusted("\xed\xa0\x80")).find("\\xed") == 0);
  CHECK(shown(Untrusted("gr\xc3\xbc\xc3\x9f")) == "gr\xc3\xbc\xc3\x9f");
}

TEST_CASE("untrusted text is cut at the limit and says so") {
  const std::string text = shown(Untrusted(std::string(1000, 'x')), 10);
  CHECK(text == "xxxxxxxxxx…");
}

TEST_CASE("untrusted text in Markdown cannot make links, emphasis or tags") {
  CHECK(shown_in_markdown(Untrusted("[x](y)<b>*")) == "\\[x\\]\\(y\\)\\<b\\>\\*");
}

TEST_CASE("untrusted lines keep line feeds only") { CHECK(shown_lines(Untrusted("a\nb\r"), 100) == "a\nb\\x0d"); }
