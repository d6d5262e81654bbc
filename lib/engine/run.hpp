// One run over stages: probe, plan, journal, execute, probe again. `setup`, `pair`, resume and repair are this loop; `plan` and `status`
// stop after the plan (look_at). There is no second way.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/cancel.hpp"
#include "engine/stage.hpp"
#include "report/events.hpp"
#include "report/run_report.hpp"
#include "state/journal.hpp"

namespace cosigner::engine {

struct RunEnvironment {
  host::Host& host;
  state::Journal& journal;
  profile::Settings& settings;  // may change between two calls of `go`: late answers
  report::EventSink& events;
  const CancelToken& cancel;
  std::string credentials_directory;
  std::string version;
  std::string who;  // for the journal: who started it, and the verb
};

class Run {
 public:
  Run(RunEnvironment environment, std::string verb);

  /// Announces the run. Nothing is written.
  void start();
  /// What may be interrupted in this run; nothing means everything (asked and answered, or no healthy co-signer).
  void set_budget(std::optional<Disruption> budget) { budget_ = budget; }
  /// Converges the stages in their order. False when the run has to end here (failed, blocked, waiting, held or cancelled).
  bool go(const std::vector<const Stage*>& stages);
  /// Adds an error of the run as a whole (lock, answers, state).
  void fail(Error error) { report_.error = std::move(error); }
  /// Writes the closing record if there were effects, announces the end.
  report::RunReport finish();

  report::RunReport& report() { return report_; }

 private:
  bool converge(const Stage& stage, report::StageReport& row);
  bool end_with(report::StageReport& row, report::StageState state, Error error);
  bool hold_back(report::StageReport& row, std::vector<Step>& steps);
  Status carry_out(const Stage& stage, const Step& step, report::StageReport& row);
  Status note_start();
  StageContext context() const;
  Time now() const { return env_.host.clock().now(); }
  void emit(const report::Event& event) { env_.events.on(event, now()); }

  RunEnvironment env_;
  report::RunReport report_;
  std::optional<Disruption> budget_;
  bool started_in_journal_ = false;
};

/// One stage looked at, for `plan` and `status`.
struct StageView {
  const Stage* stage = nullptr;
  StagePlan plan;
  std::optional<Error> error;  // could not look
};

/// Looks at every stage without changing anything. Later stages are looked at too, even when earlier ones are pending: their plans are
/// then what is known now.
std::vector<StageView> look_at(const std::vector<const Stage*>& stages, const host::HostView& host, const StageContext& context);

}  // namespace cosigner::engine
