#include "installer/cli/verbs.hpp"

namespace cosigner::cli {

report::ExitCode run_help(const Invocation& invocation, Environment& environment) {
  environment.terminal.out(help_text(invocation.word(0)));
  return report::ExitCode::ok;
}

}  // namespace cosigner::cli
