#include "report/exit_codes.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "report/run_report.hpp"

using namespace cosigner;
using namespace cosigner::report;

TEST_CASE("every code of the contract has its row and its number") {
  std::set<int> numbers;
  for (const auto& row : exit_code_table()) {
    CHECK_FALSE(row.meaning.empty());
    numbers.insert(static_cast<int>(row.code));
  }
  CHECK(numbers == std::set<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 20, 21, 22, 23, 70, 130, 143});
}

TEST_CASE("an error stands for the code of its room, unless its name says more") {
  const std::pair<const char*, int> rows[] = {
      {"answers.invalid", 2},       {"profile.not_found", 2},      {"usage.wrong", 2},           {"json.malformed", 2},          {"operator_file.exists", 2},
      {"hardware.cpu_unsupported", 3}, {"attest.refused", 4},      {"lock.held", 5},             {"reboot.needed", 6},           {"state.damaged", 7},
      {"run.crashed_thrice", 8},    {"pairing.token_refused", 9},  {"pairing.token_needed", 21}, {"answers.secret_needed", 21}, {"pairing.token_malformed", 2}, {"pairing.token_expired", 2},
      {"callback.key_invalid", 10}, {"network.timed_out", 11},     {"apt.key_expired", 12},      {"packages.lock_held", 12},     {"sgx.driver_missing", 12},
      {"packages.source_unreachable", 11}, {"engine.pull_failed", 13}, {"image.tag_moved", 13},  {"engine.registry_unreachable", 11}, {"service.unhealthy", 14},
      {"root.needed", 15},          {"run.nothing_set_up", 17},    {"run.changes_pending", 20},  {"run.held_back", 22},          {"run.waited_in_vain", 16},
      {"internal.unexpected", 70},  {"run.cancelled", 130},        {"verify.not_converged", 1},  {"host.disk_full", 1},          {"nobody.knows", 1},
  };
  for (const auto& [name, number] : rows) {
    INFO(name);
    CHECK(static_cast<int>(exit_code_of(name)) == number);
  }
}

TEST_CASE("when several hold: 2, 15, 5, 7, 3, then the first failing stage's; 21 goes before 22") {
  using E = ExitCode;
  CHECK(first_in_rank({}) == E::ok);
  CHECK(first_in_rank({E::ok, E::ok}) == E::ok);
  CHECK(first_in_rank({E::unsupported_machine, E::state_unusable, E::lock_held, E::root_needed, E::usage}) == E::usage);
  CHECK(first_in_rank({E::unsupported_machine, E::state_unusable, E::lock_held, E::root_needed}) == E::root_needed);
  CHECK(first_in_rank({E::unsupported_machine, E::state_unusable, E::lock_held}) == E::lock_held);
  CHECK(first_in_rank({E::unsupported_machine, E::state_unusable}) == E::state_unusable);
  CHECK(first_in_rank({E::network_failed, E::unsupported_machine}) == E::unsupported_machine);
  CHECK(first_in_rank({E::ok, E::packages_failed, E::engine_failed}) == E::packages_failed);
  CHECK(first_in_rank({E::held_back, E::waiting_for_human}) == E::waiting_for_human);
  CHECK(first_in_rank({E::held_back, E::ok}) == E::held_back);
}

TEST_CASE("the report decides the code: cancelled, the run's own error, then its stages") {
  RunReport report;
  CHECK(exit_code_of(report) == ExitCode::ok);
  StageReport stage;
  stage.id = "image";
  stage.state = StageState::failed;
  report.stages.push_back(stage);
  CHECK(exit_code_of(report) == ExitCode::failed);
  report.stages[0].error = make_error("engine.pull_failed", "x");
  CHECK(exit_code_of(report) == ExitCode::engine_failed);
  report.error = make_error("lock.held", "x");
  CHECK(exit_code_of(report) == ExitCode::lock_held);
  report.cancelled_by = 2;
  CHECK(exit_code_of(report) == ExitCode::interrupted);
  report.cancelled_by = 15;
  CHECK(exit_code_of(report) == ExitCode::terminated);
}

TEST_CASE("stages that wait or are held speak for themselves") {
  const std::pair<StageState, ExitCode> rows[] = {{StageState::converged, ExitCode::ok}, {StageState::not_reached, ExitCode::ok}, {StageState::held, ExitCode::held_back},
                                                  {StageState::waiting, ExitCode::waiting_for_human}, {StageState::blocked, ExitCode::failed}};
  for (const auto& [state, code] : rows) {
    RunReport report;
    report.stages.push_back({});
    report.stages[0].state = state;
    CHECK(exit_code_of(report) == code);
  }
}
