#include "report/run_report.hpp"

namespace cosigner::report {
namespace {

constexpr int signal_terminate = 15;

ExitCode code_of_stage(const StageReport& stage) {
  if (stage.error) return exit_code_of(stage.error->code);
  switch (stage.state) {
    case StageState::not_reached:
    case StageState::converged:
    case StageState::pending: return ExitCode::ok;
    case StageState::held: return ExitCode::held_back;
    case StageState::waiting: return ExitCode::waiting_for_human;
    case StageState::blocked:
    case StageState::failed: break;
  }
  return ExitCode::failed;
}

}  // namespace

std::string_view name_of(StageState state) {
  switch (state) {
    case StageState::not_reached: return "not_reached";
    case StageState::converged: return "converged";
    case StageState::pending: return "pending";
    case StageState::blocked: return "blocked";
    case StageState::held: return "held";
    case StageState::waiting: return "waiting";
    case StageState::failed: break;
  }
  return "failed";
}

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass: return "pass";
    case Outcome::warn: return "warn";
    case Outcome::fail: return "fail";
    case Outcome::skip: return "skip";
    case Outcome::unknown: break;
  }
  return "unknown";
}

ExitCode exit_code_of(const RunReport& report) {
  if (report.cancelled_by != 0) return report.cancelled_by == signal_terminate ? ExitCode::terminated : ExitCode::interrupted;
  std::vector<ExitCode> codes;
  if (report.error) codes.push_back(exit_code_of(report.error->code));
  for (const auto& stage : report.stages) codes.push_back(code_of_stage(stage));
  return first_in_rank(codes);
}

}  // namespace cosigner::report
