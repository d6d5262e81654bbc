#include "installer/cli/say.hpp"
#include "installer/cli/verbs.hpp"
#include "installer/cli/working_run.hpp"
#include "pairing/token.hpp"

namespace cosigner::cli {

report::ExitCode run_pair(const Invocation& invocation, Environment& environment) {
  // The token comes on standard input when that is no terminal; then everything else must be known.
  const bool piped = !environment.terminal.is_interactive();
  Secret token;
  if (piped && environment.is_root()) {
    auto read = environment.terminal.read_all(pairing::token_size_limit);
    if (!read.ok()) return say_error(invocation, environment, read.error());
    token = std::move(read).value();
  }
  WorkingRun run(invocation, environment, piped || is_unattended(invocation, environment));
  if (!token.empty()) run.give_token(std::move(token));
  return run.run("pairing");
}

}  // namespace cosigner::cli
