#include "installer/cli/closing.hpp"
#include "installer/cli/prepare.hpp"
#include "installer/cli/say.hpp"
#include "installer/cli/verbs.hpp"
#include "installer/ui/status_view.hpp"
#include "installer/ui/wrapped.hpp"

namespace cosigner::cli {
namespace {

report::ExitCode code_of(const ui::StatusView& status) {
  std::vector<report::ExitCode> codes;
  for (const auto& stage : status.stages) {
    if (stage.error)
      codes.push_back(report::exit_code_of(stage.error->code));
    else if (stage.plan.blocked)
      codes.push_back(report::exit_code_of(stage.plan.blocked->code));
    else if (stage.plan.waiting)
      codes.push_back(report::exit_code_of(stage.plan.waiting->code));
    else if (!stage.plan.converged())
      codes.push_back(report::ExitCode::unhealthy);
  }
  // Wanted so by a person, and yet nobody signs: who watches has to hear it.
  if (ui::is_stopped(status.ledger)) codes.push_back(report::ExitCode::unhealthy);
  return report::first_in_rank(codes);
}

Result<report::ExitCode> status_or_error(const Invocation& invocation, Environment& environment) {
  const Prepared prepared = TRY(prepare(invocation, environment, false));
  say_notes(invocation, environment, prepared.notes);
  const host::HostView& host = environment.host;
  const auto journal = state::Journal::load(host, journal_file);
  if (!journal.ok() && environment.is_root()) return journal.error();
  if (!journal.ok())
    return make_error("root.needed", "the state of this machine can be read by root only",
                      "Run `sudo cosigner status`, or read /run/cosigner/status.json.");
  if (!journal->exists())
    return make_error("run.nothing_set_up", "nothing is set up on this machine", "Run `sudo cosigner setup`.");
  const auto stages = TRY(select_stages(environment, prepared.settings.profile, "", ""));
  const auto views = engine::look_at(stages, host, {prepared.settings, journal->ledger(), environment.credentials_directory});
  const auto container = host.containers().container(prepared.settings.profile.cosigner.container_name);
  const auto last = host.files().read("/var/lib/cosigner/last-run.json");
  const ui::StatusView status{prepared.settings, journal->ledger(), views, container.ok() ? *container : std::nullopt, container.ok(),
                              last.ok() ? *last : std::nullopt, host.clock().now(), open_approval(journal->ledger(), host.clock().now())};
  if (invocation.json) environment.terminal.out(ui::status_document(status));
  else if (!invocation.quiet) environment.terminal.out(ui::wrapped(ui::status_text(status), environment.terminal.columns()));
  return code_of(status);
}

}  // namespace

report::ExitCode run_status(const Invocation& invocation, Environment& environment) {
  const auto code = status_or_error(invocation, environment);
  return code.ok() ? *code : say_error(invocation, environment, code.error());
}

}  // namespace cosigner::cli
