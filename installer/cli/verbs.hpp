// The verbs. Each gives the exit code that the process ends with; none lets an error of its own escape.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "installer/cli/environment.hpp"
#include "installer/cli/invocation.hpp"

namespace cosigner::cli {

report::ExitCode run_setup(const Invocation& invocation, Environment& environment);
report::ExitCode run_pair(const Invocation& invocation, Environment& environment);
report::ExitCode run_plan(const Invocation& invocation, Environment& environment);
report::ExitCode run_doctor(const Invocation& invocation, Environment& environment);
report::ExitCode run_egress(const Invocation& invocation, Environment& environment);
report::ExitCode run_status(const Invocation& invocation, Environment& environment);
report::ExitCode run_start(const Invocation& invocation, Environment& environment);
report::ExitCode run_stop(const Invocation& invocation, Environment& environment);
report::ExitCode run_restart(const Invocation& invocation, Environment& environment);
report::ExitCode run_logs(const Invocation& invocation, Environment& environment);
report::ExitCode run_history(const Invocation& invocation, Environment& environment);
report::ExitCode run_answers(const Invocation& invocation, Environment& environment);
report::ExitCode run_config(const Invocation& invocation, Environment& environment);
report::ExitCode run_profile(const Invocation& invocation, Environment& environment);
report::ExitCode run_attest(const Invocation& invocation, Environment& environment);
report::ExitCode run_version(const Invocation& invocation, Environment& environment);
report::ExitCode run_help(const Invocation& invocation, Environment& environment);

struct VerbRow {
  std::string_view name;
  std::string_view about;
  report::ExitCode (*run)(const Invocation&, Environment&);  // null: not built in this version
};
const std::vector<VerbRow>& verb_table();

/// Runs the verb, or says that it is not built in this version (exit 2).
report::ExitCode dispatch(const Invocation& invocation, Environment& environment);

}  // namespace cosigner::cli
