// What happens during a run, as typed values. Terminal, plain text, JSON lines, run log and last-run report are consumers: text is
// rendered from events, never events from text.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "report/finding.hpp"
#include "report/run_report.hpp"

namespace cosigner::report {

struct RunStarted {
  std::string run_id;
  std::string verb;
  std::string version;
  std::string profile;
  bool simulation = false;
  std::vector<std::string> weakenings;
};
struct StageStarted {
  std::string stage;
  std::string title;
};
struct StageFound {  // after probe and plan
  std::string stage;
  std::vector<Finding> findings;
  int pending_steps = 0;
};
struct StepStarted {
  std::string stage;
  std::string step;
  std::string kind;
  std::string subject;
  std::string why;
};
struct StepProgressed {
  std::string stage;
  std::string step;
  std::string what;
  std::uint64_t done = 0;
  std::optional<std::uint64_t> total;
  std::optional<double> percent;
};
struct StepFinished {
  std::string stage;
  std::string step;
  std::chrono::milliseconds took{0};
  std::optional<Error> error;
};
struct StageFinished {
  std::string stage;
  StageState state = StageState::converged;
  std::chrono::milliseconds took{0};
  std::optional<Error> error;
};
struct Heartbeat {  // at least every 15 s while something runs
  std::string stage;
  std::string what;
};
struct Note {  // a sentence for the reader, e.g. "waiting for the apt lock held by unattended-upgr (pid 812)"
  std::string stage;
  std::string text;
};
struct RunFinished {
  RunReport report;
  ExitCode code = ExitCode::ok;
};

using Event = std::variant<RunStarted, StageStarted, StageFound, StepStarted, StepProgressed, StepFinished, StageFinished, Heartbeat, Note, RunFinished>;

class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on(const Event& event, Time at) = 0;
};

/// Hands each event to several sinks, in the order given. The sinks must outlive it.
class FanOut : public EventSink {
 public:
  explicit FanOut(std::vector<EventSink*> sinks) : sinks_(std::move(sinks)) {}
  void on(const Event& event, Time at) override {
    for (auto* sink : sinks_) sink->on(event, at);
  }

 private:
  std::vector<EventSink*> sinks_;
};

}  // namespace cosigner::report
