// What a run did, stage by stage: the one value from which exit code, summary, last-run.json and the final event are made.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "report/exit_codes.hpp"
#include "report/finding.hpp"

namespace cosigner::report {

enum class StageState { not_reached, converged, pending, blocked, held, waiting, failed };

std::string_view name_of(StageState state);

struct StageReport {
  std::string id;
  StageState state = StageState::not_reached;
  int steps_done = 0;
  std::vector<Finding> findings;
  std::optional<Error> error;  // blocked, waiting, held or failed: why
  std::chrono::milliseconds took{0};
};

struct RunReport {
  std::string run_id;
  std::string verb;
  Time started{};
  Time ended{};
  bool simulation = false;
  int effects = 0;  // steps carried out
  int cancelled_by = 0;  // signal number, 0 when not
  std::vector<StageReport> stages;
  std::optional<Error> error;  // of the run as a whole (lock, state, answers)
  std::string attested_by = "nobody";  // "this_program", "vendor", "nobody" (threats G1)
  std::vector<std::string> weakenings;
  std::vector<std::string> next_steps;  // what the human must do now
};

/// The one function that turns a report into an exit code.
ExitCode exit_code_of(const RunReport& report);

}  // namespace cosigner::report
