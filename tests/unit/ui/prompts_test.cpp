#include "installer/ui/prompts.hpp"

#include <catch2/catch.hpp>

#include "kit/paper_terminal.hpp"

using namespace cosigner;
using namespace cosigner::ui;

TEST_CASE("yes and no are asked for until one of them comes") {
  kit::PaperTerminal paper;
  paper.answers = {"perhaps", "", "YES"};
  CHECK(Prompts(paper).yes_no("Go on?", std::nullopt).value());
  CHECK(paper.reads == 3);
  paper.answers = {""};
  CHECK_FALSE(Prompts(paper).yes_no("Go on?", false).value());
}

TEST_CASE("the end of the input is a cancellation at every question") {
  kit::PaperTerminal paper;
  Prompts prompts(paper);
  CHECK(prompts.yes_no("?", std::nullopt).error().code == "run.cancelled");
  CHECK(prompts.choice("?", {"a"}, std::nullopt).error().code == "run.cancelled");
  CHECK(prompts.line("?", "", nullptr).error().code == "run.cancelled");
  CHECK(prompts.secret("?", true).error().code == "run.cancelled");
  CHECK(prompts.pem("?").error().code == "run.cancelled");
  CHECK(prompts.typed_sentence("?", "sign everything").error().code == "run.cancelled");
}

TEST_CASE("a choice takes only the numbers that are shown") {
  kit::PaperTerminal paper;
  paper.answers = {"0", "3", "x", "2"};
  CHECK(Prompts(paper).choice("Which?", {"one", "two"}, std::nullopt).value() == 1);
  CHECK(paper.answers.empty());
}

TEST_CASE("a secret is read without echo and never said again") {
  kit::PaperTerminal paper;
  paper.answers = {"", "hush-hush"};
  CHECK(Prompts(paper).secret("Token:", true)->reveal("test") == "hush-hush");
  CHECK(paper.hidden_reads == 2);
  CHECK_THAT(paper.said, !Catch::Contains("hush"));
}

TEST_CASE("a pasted PEM is read until its END line, with lines that come late or are indented") {
  kit::PaperTerminal paper;
  paper.answers = {"", "not a key", "  -----BEGIN PUBLIC KEY-----", "AAAA", "", "BBBB  ", "-----END PUBLIC KEY-----", "next answer"};
  const auto pem = Prompts(paper).pem("Key:");
  REQUIRE(pem.ok());
  CHECK(pem->text == "-----BEGIN PUBLIC KEY-----\nAAAA\n\nBBBB\n-----END PUBLIC KEY-----\n");
  CHECK(paper.answers.front() == "next answer");
}

TEST_CASE("the path of a file is an answer too") {
  kit::PaperTerminal paper;
  paper.answers = {" /root/key.pem "};
  CHECK(Prompts(paper).pem("Key:")->path == "/root/key.pem");
}

TEST_CASE("the sentence must be typed exactly; an empty line goes back") {
  kit::PaperTerminal paper;
  paper.answers = {"yes", "Sign Everything", "sign everything"};
  CHECK(Prompts(paper).typed_sentence("Sure?", "sign everything").value());
  paper.answers = {""};
  CHECK_FALSE(Prompts(paper).typed_sentence("Sure?", "sign everything").value());
}

TEST_CASE("a line that breaks its rule is asked for again") {
  kit::PaperTerminal paper;
  paper.answers = {"bad", "good"};
  const Rule rule = [](const std::string& text) { return text == "good" ? std::nullopt : std::optional<std::string>("must be good"); };
  CHECK(Prompts(paper).line("?", "", rule).value() == "good");
  CHECK_THAT(paper.said, Catch::Contains("must be good"));
}

TEST_CASE("a question that is longer than the screen is broken at a word") {
  kit::PaperTerminal paper;
  paper.width = 40;
  paper.answers = {"y", "", "1"};
  Prompts prompts(paper);
  CHECK(prompts.yes_no("Does the co-signer really reach its vendor through the proxy?", false).value());
  CHECK(paper.said == "Does the co-signer really reach its\n  vendor through the proxy? [y/N] ");
  CHECK(prompts.line("Where may the co-signer write what it has to say?", "/var/log", nullptr).value() == "/var/log");
  CHECK(prompts.choice("Who?", {"somebody with a name that does not fit", "nobody"}, std::nullopt).value() == 0);
  CHECK_THAT(paper.said, Catch::Contains("  1  somebody with a name that does not\n    fit\n  2  nobody\nYour choice "));
}
