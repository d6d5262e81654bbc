#include "installer/cli/prepare.hpp"
#include "installer/cli/say.hpp"
#include "installer/cli/verbs.hpp"
#include "installer/ui/status_view.hpp"

namespace cosigner::cli {

report::ExitCode run_history(const Invocation& invocation, Environment& environment) {
  if (auto root = require_root(invocation, environment); !root.ok()) return say_error(invocation, environment, root.error());
  const auto journal = state::Journal::load(environment.host, journal_file);
  if (!journal.ok()) return say_error(invocation, environment, journal.error());
  if (!journal->exists()) return say_error(invocation, environment, make_error("run.nothing_set_up", "nothing was ever set up on this machine", "Run `sudo cosigner setup`."));
  const auto& records = journal->records();
  if (invocation.json) environment.terminal.out(ui::history_document(records, invocation.word(0)));
  else environment.terminal.out(for_screen(ui::history_text(records, invocation.word(0)), environment.terminal));
  return report::ExitCode::ok;
}

}  // namespace cosigner::cli
