// start, stop and restart: the late stages of the one loop, with a wish of its own (names and arguments as in the original, facts
// 4).
#include "installer/cli/prepare.hpp"
#include "installer/cli/verbs.hpp"
#include "installer/cli/working_run.hpp"

namespace cosigner::cli {
namespace {

report::ExitCode operate(const Invocation& invocation, Environment& environment, const Operation& operation) {
  WorkingRun run(invocation, environment, is_unattended(invocation, environment));
  return run.operate(operation);
}

}  // namespace

report::ExitCode run_start(const Invocation& invocation, Environment& environment) {
  return operate(invocation, environment, {profile::RunWish::running, false, {"image", "attestation", "config", "service"}});
}

report::ExitCode run_stop(const Invocation& invocation, Environment& environment) {
  return operate(invocation, environment, {profile::RunWish::stopped, false, {"service"}});
}

/// Nothing is pulled: the image that is set up has to be here.
report::ExitCode run_restart(const Invocation& invocation, Environment& environment) {
  return operate(invocation, environment, {profile::RunWish::running, true, {"attestation", "config", "service"}});
}

}  // namespace cosigner::cli
