// Who shows events: plain lines, the live view of a terminal, JSON lines. Each passes what it writes through the redactor.
#pragma once

#include <string>

#include "installer/ui/terminal.hpp"
#include "report/event_text.hpp"
#include "report/events.hpp"
#include "report/redactor.hpp"

namespace cosigner::ui {

/// Lines without escape bytes; progress at most every few seconds.
class PlainRenderer : public report::EventSink {
 public:
  PlainRenderer(Terminal& terminal, const report::Redactor& redactor, report::Detail detail) : terminal_(terminal), redactor_(redactor), detail_(detail) {}
  void on(const report::Event& event, Time at) override;

 private:
  Terminal& terminal_;
  const report::Redactor& redactor_;
  report::Detail detail_;
  Time last_progress_{};
};

/// One line a stage; the last one lives: what is done now, how far, how long. Nothing is drawn over that is not its own line.
class LiveRenderer : public report::EventSink {
 public:
  LiveRenderer(Terminal& terminal, const report::Redactor& redactor, report::Detail detail) : terminal_(terminal), redactor_(redactor), detail_(detail) {}
  ~LiveRenderer() override { clear(); }
  void on(const report::Event& event, Time at) override;
  /// Takes the living line away, before a question.
  void clear();

 private:
  void draw(Time at);
  /// Broken at words by the terminal's width.
  void print(const std::string& line, std::string_view colour_code = {});
  void print_error(const std::string& stage, const Error& error);
  void print_findings(const report::StageFound& found);
  void print_done(const std::string& name, const std::string& text);
  void print_end(const report::RunFinished& finished);
  std::string colour(std::string_view code, const std::string& text) const;

  Terminal& terminal_;
  const report::Redactor& redactor_;
  report::Detail detail_;
  std::string stage_;
  std::string doing_;
  std::string progress_;
  int steps_done_ = 0;  // no total is shown: what a step brings decides how many follow
  bool in_step_ = false;
  Time stage_began_{};
  bool drawn_ = false;
};

/// One JSON document a line on standard output, nothing else.
class JsonLines : public report::EventSink {
 public:
  JsonLines(Terminal& terminal, const report::Redactor& redactor) : terminal_(terminal), redactor_(redactor) {}
  void on(const report::Event& event, Time at) override;

 private:
  Terminal& terminal_;
  const report::Redactor& redactor_;
};

/// "[#####.....] 2.0 MB of 4.0 MB", exactly `width` characters for the bar; empty when neither total nor percent is known.
std::string progress_bar(std::uint64_t done, const std::optional<std::uint64_t>& total, const std::optional<double>& percent, std::size_t width);

}  // namespace cosigner::ui
