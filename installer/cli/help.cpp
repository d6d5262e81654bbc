#include "installer/cli/say.hpp"
#include "installer/cli/verbs.hpp"

namespace cosigner::cli {

report::ExitCode run_help(const Invocation& invocation, Environment& environment) {
  environment.terminal.out(for_screen(help_text(invocation.word(0)), environment.terminal));
  return report::ExitCode::ok;
}

}  // namespace cosigner::cli
