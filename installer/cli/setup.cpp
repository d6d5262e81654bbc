#include "installer/cli/verbs.hpp"
#include "installer/cli/working_run.hpp"

namespace cosigner::cli {

report::ExitCode run_setup(const Invocation& invocation, Environment& environment) {
  WorkingRun run(invocation, environment, is_unattended(invocation, environment));
  return run.run("");
}

}  // namespace cosigner::cli
