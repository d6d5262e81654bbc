// Text that is not ours, in every place of every event, through every sink (threats N6).
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/untrusted.hpp"
#include "installer/ui/error_document.hpp"
#include "installer/ui/renderers.hpp"
#include "installer/ui/status_view.hpp"
#include "kit/fake_host.hpp"
#include "kit/paper_terminal.hpp"
#include "report/event_json.hpp"
#include "report/run_log.hpp"

using namespace cosigner;
using namespace cosigner::report;

namespace {

/// Each stands between two plain letters, so that what a sink drops is seen as well as what it lets through.
const std::vector<std::string> payloads = {
    // control: escape sequences, line breaks, bell, backspace, tab, NUL, DEL
    "\x1b[2J", "\x1b]0;title\x07", "\x1b[8m", "\x1b[1A", "\x1bP$q\x1b\\", "\x1b]8;;https://evil.example\x07", "\x1b]52;c;ZXZpbA==\x07", "\x1b(0", "\x1b" "c", "\r", "\n", "\r\nFAKE: done", "\b\b\b",
    "\t", "\v", "\f", "\a", std::string("\0", 1), "\x7f", "\x05",
    // C1, as UTF-8 and as bare bytes
    "\xc2\x9b" "31m", "\xc2\x90q\xc2\x9c", "\xc2\x85", "\xc2\x9d" "0;t\xc2\x9c", "\x9b" "31m", "\x90", "\xff\xfe", "\xc0\x9b", "\xe0\x80\x9b", "\xed\xa0\x80",
    // direction, width, invisible, tags
    "\xe2\x80\xae" "gnp", "\xe2\x81\xa6", "\xe2\x80\x8b", "\xe2\x80\x8f", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xef\xbb\xbf", "\xc2\xad", "\xf3\xa0\x81\x81", "\xd8\x9c", "\xe1\xa0\x8e", "\xef\xb8\x8f",
    // what other readers take for their own language
    "[x](javascript:1)", "<script>", "`rm`", "%s%n", "${jndi:x}"};

const Time noon{std::chrono::seconds(1795694400)};

Error foreign_error(const std::string& text) {
  Error error = make_error("engine.pull_failed", text, text);
  error.context = {text};
  error.cause = std::make_shared<const Error>(make_error("network.refused", text, text));
  return error;
}

/// Every event with the text in each place that is not a name of ours.
void play(EventSink& sink, const std::string& text) {
  RunReport report;
  report.verb = "setup";
  report.started = report.ended = noon;
  report.error = foreign_error(text);
  report.next_steps = {text};
  report.weakenings = {text};
  sink.on(RunStarted{"r1", "setup", "0.1.0", text, false, {text}}, noon);
  sink.on(StageStarted{"image", text}, noon);
  sink.on(StageFound{"image", {{"image.engine", text, Outcome::fail, text, text, "", text}, {"image.other", text, Outcome::warn, text, text, text, ""}}, 2}, noon);
  sink.on(StepStarted{"image", "pull", text, text, text}, noon);
  sink.on(StepProgressed{"image", "pull", text, 1, 2, std::nullopt}, noon + std::chrono::seconds(10));
  sink.on(StepFinished{"image", "pull", std::chrono::seconds(1), foreign_error(text)}, noon);
  sink.on(Heartbeat{"image", text}, noon);
  sink.on(Note{"image", text}, noon);
  sink.on(StageFinished{"image", StageState::failed, std::chrono::seconds(1), foreign_error(text)}, noon);
  sink.on(RunFinished{report, ExitCode::engine_failed}, noon);
}

std::string without(std::string text, const std::vector<std::string>& ours) {
  for (const auto& each : ours) {
    for (auto at = text.find(each); at != std::string::npos; at = text.find(each)) text.erase(at, each.size());
  }
  return text;
}

/// As `shown` would leave it: nothing but line feeds is left to escape.
bool is_harmless(const std::string& text) { return shown_lines(Untrusted(text), text.size() + 1) == text; }

bool has_a_line_of_its_own(const std::string& text) {
  for (const auto line : lines_of(text)) {
    if (line.rfind("FAKE", 0) == 0) return true;
  }
  return false;
}

void check(const std::string& text) {
  CHECK(is_harmless(text));
  CHECK_FALSE(has_a_line_of_its_own(text));
}

}  // namespace

TEST_CASE("forty kinds of foreign text in every place of every event are harmless on a terminal, in a pipe, in JSON lines and in the run log") {
  REQUIRE(payloads.size() >= 40);
  const Redactor redactor;
  for (const auto& payload : payloads) {
    const std::string text = "a" + payload + "z";
    INFO(shown(Untrusted(text)));
    for (const auto detail : {Detail::quiet, Detail::normal, Detail::verbose}) {
      kit::PaperTerminal pipe;
      ui::PlainRenderer plain(pipe, redactor, detail);
      play(plain, text);
      check(pipe.said + pipe.erred);
      kit::PaperTerminal screen;
      screen.redraw = screen.colour = true;
      {
        ui::LiveRenderer live(screen, redactor, detail);
        play(live, text);
      }
      check(without(screen.said + screen.erred, {"\r\033[K", "\033[31m", "\033[32m", "\033[33m", "\033[0m"}));
    }
    kit::PaperTerminal lines;
    ui::JsonLines json(lines, redactor);
    play(json, text);
    check(lines.said + lines.erred);
    for (const auto line : lines_of(lines.said)) CHECK(parse_json(line).ok());
    kit::FakeHost host;
    for (const char* folder : {"/", "/var", "/var/log"}) host.model.entries[folder] = {host::FileKind::directory, {{0755}, {}}, "", noon};
    RunLog log(host.change_files(), redactor);
    play(log, text);
    std::size_t files = 0;
    for (const auto& [path, entry] : host.model.entries) {
      if (!Path(path).is_within("/var/log/cosigner") || entry.kind != host::FileKind::regular) continue;
      ++files;
      check(entry.content);
    }
    CHECK(files >= 1);
  }
}

TEST_CASE("forty kinds of foreign text are harmless in every document, and a reader of JSON gets them back whole") {
  for (const auto& payload : payloads) {
    const std::string text = "a" + payload + "z";
    INFO(shown(Untrusted(text)));
    RunReport report;
    report.error = foreign_error(text);
    report.next_steps = {text};
    state::Record record;
    record.run = record.who = record.subject = record.step_kind = record.step = record.error_code = text;
    record.kind = state::Record::Kind::failed;
    for (const auto& document : {last_run_document(report), ui::error_document(foreign_error(text), ExitCode::engine_failed), ui::effects_document(text, {{text, text, text, text}}),
                                 ui::version_document(text, text, {{text, text}}), ui::history_document({record}, ""), ui::history_text({record}, text), ui::history_text({record}, "")}) {
      check(document);
    }
    const auto read = parse_json(last_run_document(report));
    REQUIRE(read.ok());
    if (is_harmless(text)) CHECK((*read)["next_steps"][0] == text);
  }
}

TEST_CASE("forty kinds of foreign text are harmless in Markdown, and mean nothing there") {
  for (const auto& payload : payloads) {
    const std::string out = shown_in_markdown(Untrusted("a" + payload + "z"));
    INFO(out);
    check(out);
    CHECK(out.find('\n') == std::string::npos);
    for (std::size_t at = 0; at < out.size(); ++at) {
      if (std::string_view("`*_[]<>()#|&~").find(out[at]) != std::string_view::npos) CHECK((at > 0 && out[at - 1] == '\\'));
    }
  }
}

TEST_CASE("a secret with letters beyond ASCII is hidden in JSON lines too") {
  Redactor redactor;
  redactor.add(Secret("p\xc3\xa4ssw\xc3\xb6rt-of-the-registry"));
  kit::PaperTerminal lines;
  ui::JsonLines json(lines, redactor);
  json.on(Note{"image", "denied for p\xc3\xa4ssw\xc3\xb6rt-of-the-registry"}, noon);
  CHECK(lines.said.find("[secret]") != std::string::npos);
  CHECK(lines.said.find("rt-of-the-registry") == std::string::npos);
}
