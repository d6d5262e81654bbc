#include "installer/ui/renderers.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <thread>

#include "base/text.hpp"
#include "installer/ui/plan_view.hpp"
#include "installer/ui/pulse.hpp"
#include "kit/golden.hpp"
#include "kit/paper_terminal.hpp"

using namespace cosigner;
using namespace cosigner::report;

namespace {

const Time noon{std::chrono::seconds(1795694400)};
using std::chrono::seconds;

void play(EventSink& sink) {
  RunReport report;
  report.verb = "setup";
  report.started = noon;
  report.ended = noon + seconds(95);
  report.effects = 2;
  report.next_steps = {"approve the key shares"};
  Finding finding{"host.ram", "enough memory", Outcome::warn, "8.0 GB, 15.0 GB are advised", "Give the machine more memory.", "", ""};
  sink.on(RunStarted{"r1", "setup", "0.1.0", "global", true, {"simulation.on"}}, noon);
  sink.on(StageStarted{"hardware", "The machine"}, noon);
  sink.on(StageFound{"hardware", {finding}, 0}, noon + seconds(1));
  sink.on(StageFinished{"hardware", StageState::converged, seconds(1), std::nullopt}, noon + seconds(1));
  sink.on(StageStarted{"image", "Engine and image"}, noon + seconds(1));
  sink.on(StageFound{"image", {}, 2}, noon + seconds(2));
  sink.on(StepStarted{"image", "pull", "image", "registry.gitlab.com/customer-cosigner/v2/cosigner@sha256:0123456789abcdef0123456789abcdef", "it is not here"}, noon + seconds(2));
  sink.on(StepProgressed{"image", "pull", "layer 1 of 3", 16000000, 64000000, std::nullopt}, noon + seconds(20));
  sink.on(StepProgressed{"image", "pull", "layer 2 of 3", 32000000, 64000000, std::nullopt}, noon + seconds(21));
  sink.on(StepProgressed{"image", "pull", "layer 3 of 3", 64000000, 64000000, std::nullopt}, noon + seconds(40));
  sink.on(StepFinished{"image", "pull", seconds(38), std::nullopt}, noon + seconds(40));
  sink.on(StageFinished{"image", StageState::failed, seconds(40), make_error("engine.pull_failed", "the registry closed the connection", "Run the same command again.")}, noon + seconds(41));
  sink.on(RunFinished{report, ExitCode::engine_failed}, noon + seconds(95));
}

std::vector<std::string> screen_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::string plain = text;
  for (std::size_t at = plain.find("\033["); at != std::string::npos; at = plain.find("\033[", at)) {
    std::size_t end = at + 2;
    while (end < plain.size() && !(plain[end] >= 'A' && plain[end] <= 'z')) ++end;
    plain.erase(at, end - at + 1);
  }
  for (const auto line : split(plain, '\n')) {
    for (const auto part : split(line, '\r')) lines.emplace_back(part);
  }
  return lines;
}

}  // namespace

TEST_CASE("without a terminal there is no escape byte, and the lines are these") {
  kit::PaperTerminal paper;
  const Redactor redactor;
  ui::PlainRenderer plain(paper, redactor, Detail::normal);
  play(plain);
  CHECK(paper.said.find('\033') == std::string::npos);
  CHECK(paper.said.find('\r') == std::string::npos);
  CHECK(paper.said == kit::golden("tests/golden/ui/plain.txt", paper.said));
  CHECK(paper.erred == kit::golden("tests/golden/ui/plain_errors.txt", paper.erred));
}

TEST_CASE("quiet says only what is wrong") {
  kit::PaperTerminal paper;
  const Redactor redactor;
  ui::PlainRenderer plain(paper, redactor, Detail::quiet);
  play(plain);
  CHECK_THAT(paper.erred, Catch::Contains("engine.pull_failed"));
  CHECK_THAT(paper.said, !Catch::Contains("layer"));
}

TEST_CASE("JSON lines are the only thing on standard output") {
  kit::PaperTerminal paper;
  const Redactor redactor;
  ui::JsonLines lines(paper, redactor);
  play(lines);
  CHECK(paper.erred.empty());
  for (const auto line : lines_of(paper.said)) CHECK(line.front() == '{');
}

TEST_CASE("the live line never exceeds the columns, also of narrow terminals") {
  for (const int width : {80, 40, 24}) {
    kit::PaperTerminal paper;
    paper.redraw = paper.colour = true;
    paper.width = width;
    const Redactor redactor;
    {
      ui::LiveRenderer live(paper, redactor, Detail::normal);
      live.on(StageStarted{"sgx-packages", "x"}, noon);
      live.on(StageFound{"sgx-packages", {}, 12}, noon);
      live.on(StepProgressed{"sgx-packages", "pull", std::string(200, 'w'), 16000000, 64000000, std::nullopt}, noon + seconds(70));
    }
    for (const auto& line : screen_lines(paper.said)) CHECK(line.size() < static_cast<std::size_t>(width));
    CHECK(paper.said.substr(paper.said.size() - 4) == "\r\033[K");
  }
}

TEST_CASE("NO_COLOR leaves cursor movement but no colour") {
  kit::PaperTerminal paper;
  paper.redraw = true;
  const Redactor redactor;
  ui::LiveRenderer live(paper, redactor, Detail::normal);
  play(live);
  CHECK(paper.said.find("m") != std::string::npos);
  CHECK(paper.said.find("\033[3") == std::string::npos);
  CHECK(paper.said.find("\033[0m") == std::string::npos);
}

TEST_CASE("one line a stage stays on the terminal") {
  kit::PaperTerminal paper;
  paper.redraw = true;
  const Redactor redactor;
  ui::LiveRenderer live(paper, redactor, Detail::normal);
  play(live);
  CHECK_THAT(paper.said, Catch::Contains("hardware      as wanted") && Catch::Contains("[####............] 16.0 MB of 64.0 MB") && Catch::Contains("(engine.pull_failed)"));
}

TEST_CASE("the live line counts the steps and promises no total, for a step may bring more of them") {
  kit::PaperTerminal paper;
  paper.redraw = true;
  const Redactor redactor;
  ui::LiveRenderer live(paper, redactor, Detail::normal);
  live.on(StageStarted{"image", "x"}, noon);
  live.on(StageFound{"image", {}, 2}, noon);
  for (int step = 1; step <= 3; ++step) {
    live.on(StepStarted{"image", "s", "file", "/f", "why"}, noon);
    CHECK_THAT(screen_lines(paper.said).back(), Catch::Contains("step " + std::to_string(step) + ": file /f") && !Catch::Contains("/2"));
    live.on(StepFinished{"image", "s", seconds(1), std::nullopt}, noon);
  }
  live.on(StageFinished{"image", StageState::converged, seconds(3), std::nullopt}, noon);
  CHECK_THAT(paper.said, Catch::Contains("3 steps done"));
}

TEST_CASE("what stays on the terminal is broken at words by its width, and coloured line by line") {
  for (const int width : {40, 80}) {
    kit::PaperTerminal paper;
    paper.redraw = paper.colour = true;
    paper.width = width;
    const Redactor redactor;
    {
      ui::LiveRenderer live(paper, redactor, Detail::normal);
      live.on(StageStarted{"image", "x"}, noon);
      live.on(StageFinished{"image", StageState::failed, seconds(1),
                            make_error("engine.pull_failed", "the registry closed the connection in the middle of the third layer of the image, twice", "Run the same command again, and look at the proxy when it ends in the same way.")},
              noon);
    }
    for (const auto& line : screen_lines(paper.said)) CHECK(line.size() <= static_cast<std::size_t>(width));
    CHECK_THAT(paper.said, Catch::Contains("\033[0m\n"));
  }
}

TEST_CASE("every renderer hides what the redactor knows") {
  Redactor redactor;
  redactor.add(Secret(std::string("hush-hush")));
  const std::vector<Event> events = {Note{"image", "hush-hush"}, StageStarted{"image", "x"}, StepProgressed{"image", "pull", "hush-hush", 1, 2, std::nullopt},
                                     StageFinished{"image", StageState::failed, {}, make_error("a.b", "hush-hush")}};
  kit::PaperTerminal paper;
  ui::PlainRenderer plain(paper, redactor, Detail::verbose);
  ui::JsonLines json(paper, redactor);
  ui::LiveRenderer live(paper, redactor, Detail::verbose);
  for (EventSink* sink : {static_cast<EventSink*>(&plain), static_cast<EventSink*>(&json), static_cast<EventSink*>(&live)}) {
    for (const auto& event : events) sink->on(event, noon);
  }
  CHECK_THAT(paper.said + paper.erred, !Catch::Contains("hush-hush") && Catch::Contains("[secret]"));
}

TEST_CASE("a bar shows what is true: nothing without total or percent, full at the end") {
  CHECK(ui::progress_bar(5, std::nullopt, std::nullopt, 10).empty());
  CHECK(ui::progress_bar(5, 10, std::nullopt, 10) == "[#####.....] 5 bytes of 10 bytes");
  CHECK(ui::progress_bar(20, 10, std::nullopt, 4) == "[####] 10 bytes of 10 bytes");
  CHECK(ui::progress_bar(0, std::nullopt, 37.4, 10) == "[####......] 37 %");
}

TEST_CASE("a long silence is broken by a heartbeat with stage and work, and not after the stage") {
  struct Kept : EventSink {
    std::mutex mutex;
    std::vector<Heartbeat> beats;
    void on(const Event& event, Time) override {
      const std::lock_guard<std::mutex> lock(mutex);
      if (const auto* beat = std::get_if<Heartbeat>(&event)) beats.push_back(*beat);
    }
    std::size_t count() {
      const std::lock_guard<std::mutex> lock(mutex);
      return beats.size();
    }
  } kept;
  {
    ui::Pulse pulse(kept, [] { return noon; }, std::chrono::milliseconds(5));
    pulse.on(StageStarted{"image", "x"}, noon);
    pulse.on(StepStarted{"image", "pull", "image", "ref", "why"}, noon);
    for (int i = 0; i < 2000 && kept.count() == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    REQUIRE(kept.count() > 0);
    pulse.on(StageFinished{"image", StageState::converged, {}, std::nullopt}, noon);
    const auto before = kept.count();
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    CHECK(kept.count() == before);
  }
  CHECK(kept.beats.front().stage == "image");
  CHECK(kept.beats.front().what == "image ref");
}

TEST_CASE("a difference shows what goes and what comes, with its surroundings") {
  CHECK(ui::line_difference("a\nb\nc\nd\ne\nf\n", "a\nb\nc\nd\nE\nf\n") == "  b\n  c\n  d\n- e\n+ E\n  f\n");
  CHECK(ui::line_difference("", "x\n") == "+ x\n");
  CHECK(ui::line_difference("same\n", "same\n").empty());
}
