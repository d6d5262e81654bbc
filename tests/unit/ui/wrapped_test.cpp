#include "installer/ui/wrapped.hpp"

#include <catch2/catch.hpp>

#include "base/text.hpp"

using namespace cosigner;
using namespace cosigner::ui;

TEST_CASE("a line is broken at blanks alone, and what goes on is indented two further than its line") {
  CHECK(wrapped("aaaa bbbb cccc dddd eeee ffff", 20) == "aaaa bbbb cccc dddd\n  eeee ffff");
  CHECK(wrapped("    - one two three four five", 20) == "    - one two three\n      four five");
  CHECK(wrapped("short\n\nlines  stay:  so\n", 20) == "short\n\nlines  stay:  so\n");
}

TEST_CASE("a word that is longer than the screen stays whole, and what is around it has lines of its own") {
  const std::string digest = "sha256:" + std::string(64, 'a');
  CHECK(wrapped("the image is " + digest + " and no other", 40) == "the image is\n  " + digest + "\n  and no other");
  CHECK(wrapped(digest, 20) == digest);
}

TEST_CASE("no line has more columns than the screen, no word is lost or broken, and no part of a line begins at its edge") {
  const std::string text =
      "hardware: warn: 4.1 GB of memory, below the advised 14.1 GB (machine.ram); take a machine with more memory, or go on";
  for (const int columns : {20, 37, 64, 80, 100, 500}) {
    const std::string out = wrapped(text, columns);
    std::string joined_again;
    bool first = true;
    for (const auto line : lines_of(out)) {
      CHECK(line.size() <= static_cast<std::size_t>(columns));
      if (!first) CHECK(line.substr(0, 2) == "  ");
      joined_again += (first ? "" : " ") + std::string(trimmed(line));
      first = false;
    }
    CHECK(joined_again == text);
  }
}

TEST_CASE("letters beyond ASCII count as one column each") {
  CHECK(wrapped("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f "
                "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xc3\xa4\xc3\xb6\xc3\xbc",
                20)
            .find('\n') == std::string::npos);
}

TEST_CASE("a screen that says it has no width does not hang the wrapping") {
  CHECK_FALSE(wrapped("one two three four five six", 0).empty());
}
