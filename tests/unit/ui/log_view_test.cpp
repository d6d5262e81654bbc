#include "installer/ui/log_view.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "kit/paper_terminal.hpp"
#include "kit/schema_check.hpp"

using namespace cosigner;
using namespace cosigner::ui;

namespace {

std::string shown_in_pieces(const std::string& bytes, std::size_t size) {
  kit::PaperTerminal terminal;
  LogView view(terminal, false);
  for (std::size_t at = 0; at < bytes.size(); at += size) REQUIRE(view.take(Untrusted(bytes.substr(at, size))).ok());
  view.end();
  return terminal.said;
}

}  // namespace

TEST_CASE("no byte of a log steers the terminal, however it arrives in pieces") {
  for (const std::string payload : {"\x1b[2J\x1b[H",
                                    "\x1b]0;title\x07",
                                    "\x1b]52;c;ZXZpbA==\x07",
                                    "\x1bP+q544e\x1b\\",
                                    "\x1b[6n",
                                    "gone\rcosigner: all is well",
                                    "\b\b\b",
                                    "\x9b"
                                    "31m",
                                    "\xc2\x9b"
                                    "31m",
                                    "\xe2\x80\xae"
                                    "gnp.exe",
                                    "\xe2\x81\xa6x\xe2\x81\xa9",
                                    "a\xe2\x80\x8b"
                                    "b",
                                    "\xef\xbb\xbf",
                                    "\xe2\x80\xa8two",
                                    "\xf3\xa0\x81\xa1",
                                    "\xff\xfe\x80",
                                    "\xc0\x80",
                                    "\xed\xa0\x80",
                                    "\x7f",
                                    "\x0e",
                                    "tab\tbell\a"}) {
    const std::string bytes = "before\n" + payload + "\nafter\n";
    const std::string whole = shown_in_pieces(bytes, bytes.size());
    INFO(whole);
    for (std::size_t size = 1; size < bytes.size(); ++size) CHECK(shown_in_pieces(bytes, size) == whole);
    int lines = 0;
    for (const char c : whole) {
      const auto byte = static_cast<unsigned char>(c);
      lines += c == '\n' ? 1 : 0;
      CHECK((c == '\n' || (byte >= 0x20 && byte != 0x7f)));
    }
    CHECK(lines == 3);
    for (const std::string hidden :
         {"\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x80\x8b", "\xef\xbb\xbf", "\xe2\x80\xa8", "\xf3\xa0\x81\xa1", "\xc2\x9b"})
      CHECK(whole.find(hidden) == std::string::npos);
  }
}

TEST_CASE("a good log is shown as it is, with a last line that has no end and without carriage returns at line ends") {
  CHECK(shown_in_pieces("one\r\nzwei: gr\xc3\xbc\xc3\x9f dich\n\nlast", 3) == "one\nzwei: gr\xc3\xbc\xc3\x9f dich\n\nlast\n");
  CHECK(shown_in_pieces("", 1).empty());
}

TEST_CASE("a line without an end is cut, and the next one is whole") {
  const std::string shown = shown_in_pieces(std::string(50 * LineCutter::longest_line, 'x') + "\nnext\n", 1000);
  CHECK(shown == std::string(LineCutter::longest_line, 'x') + " [line cut]\nnext\n");
  const std::string escapes = shown_in_pieces(std::string(LineCutter::longest_line, '\x1b') + "\n", 4096);
  CHECK(escapes.size() == 4 * LineCutter::longest_line + 1);
}

TEST_CASE("raw gives every byte") {
  kit::PaperTerminal terminal;
  LogView view(terminal, true);
  REQUIRE(view.take(Untrusted("a\x1b[2J\r")).ok());
  view.end();
  CHECK(terminal.said == "a\x1b[2J\r");
}

TEST_CASE("a reader that went away ends the reading") {
  kit::PaperTerminal terminal;
  terminal.output_closed = true;
  LogView view(terminal, false);
  CHECK(view.take(Untrusted("line\n")).error().code == output_closed);
}

TEST_CASE("the document holds the lines, is plain ASCII, and keeps the newest of a log that is too large") {
  LogDocument small("cosigner", "running");
  REQUIRE(small.take(Untrusted("one\ntw")).ok());
  REQUIRE(small.take(Untrusted("o\xe2\x80\xae\xff")).ok());
  const std::string text = small.text();
  CHECK(kit::broken_rule_of_document(text).empty());
  for (const char c : text) CHECK(static_cast<unsigned char>(c) < 0x80);
  const auto document = parse_json(text);
  REQUIRE(document.ok());
  CHECK((*document)["lines"].size() == 2);
  CHECK((*document)["lines"][0] == "one");
  CHECK((*document)["older_dropped"] == false);

  LogDocument large("cosigner", "running");
  for (int line = 0; line < 40; ++line) REQUIRE(large.take(Untrusted(std::string(1000, 'a'))).ok());
  for (int line = 0; line < 20000; ++line)
    REQUIRE(large.take(Untrusted("\n" + std::to_string(line) + std::string(1000, 'b'))).ok());
  const auto cut = parse_json(large.text(), JsonLimits{64 * 1024 * 1024, 8, false});
  REQUIRE(cut.ok());
  CHECK((*cut)["older_dropped"] == true);
  CHECK((*cut)["lines"].back() == "19999" + std::string(1000, 'b'));
}
