#include <algorithm>

#include "installer/cli/prepare.hpp"
#include "installer/cli/say.hpp"
#include "installer/cli/verbs.hpp"
#include "installer/stages/catalog.hpp"
#include "installer/ui/plan_view.hpp"
#include "installer/ui/wrapped.hpp"

namespace cosigner::cli {
namespace {

report::ExitCode code_of(const Invocation& invocation, const ui::PlanView& plan) {
  if (!invocation.check) return report::ExitCode::ok;
  if (ui::has_blind_spot(plan) && !plan.is_root) return report::ExitCode::root_needed;
  return ui::has_pending(plan) ? report::ExitCode::changes_pending : report::ExitCode::ok;
}

std::string differences(const ui::PlanView& plan, const host::HostView& host) {
  ui::CurrentFiles current;
  for (const auto& path : ui::files_of(plan)) {
    const auto text = host.files().read(path);
    current[path.text()] = text.ok() ? *text : std::nullopt;
  }
  return ui::plan_difference(plan, current);
}

bool is_done(const std::vector<engine::StageView>& views) {
  return std::all_of(views.begin(), views.end(), [](const engine::StageView& view) { return !view.error && view.plan.converged(); });
}

/// What a set-up with nothing else to do would still take away.
void add_what_ends(const engine::Stage& end, const host::HostView& host, const engine::StageContext& context, std::vector<engine::StageView>& views) {
  auto more = engine::look_at({&end}, host, context);
  if (!more.front().error && !more.front().plan.converged()) views.push_back(std::move(more.front()));
}

Result<report::ExitCode> plan_or_error(const Invocation& invocation, Environment& environment) {
  const Prepared prepared = TRY(prepare(invocation, environment, is_unattended(invocation, environment) && !invocation.answers_file.empty()));
  say_notes(invocation, environment, prepared.notes);
  const auto& settings = prepared.settings;
  const auto stages = TRY(select_stages(environment, settings.profile, "", invocation.until));
  state::Journal journal;
  auto loaded = state::Journal::load(environment.host, journal_file);
  if (loaded.ok()) journal = std::move(loaded).value();
  else if (environment.is_root()) return std::move(loaded).error();
  const host::HostView& host = environment.host;
  const engine::StageContext context{settings, journal.ledger(), environment.credentials_directory};
  auto views = engine::look_at(stages, host, context);
  const auto end = stages::make_resume_end_stage(true);
  if (is_done(views)) add_what_ends(*end, host, context, views);
  const ui::PlanView plan{settings, views, budget_of(settings, does_cosigner_run(host, settings)), environment.is_root(), host.clock().now()};
  const std::string document = ui::plan_document(plan);
  if (!invocation.out_file.empty()) TRY(environment.operator_files.create(invocation.out_file, document, environment.person()));
  if (invocation.json) environment.terminal.out(document);
  else if (!invocation.quiet) environment.terminal.out(ui::wrapped(ui::plan_text(plan, ui::PlanDetail::full), environment.terminal.columns()));
  if (invocation.diff && !invocation.json) environment.terminal.out(differences(plan, host));
  return code_of(invocation, plan);
}

}  // namespace

report::ExitCode run_plan(const Invocation& invocation, Environment& environment) {
  const auto code = plan_or_error(invocation, environment);
  return code.ok() ? *code : say_error(invocation, environment, code.error());
}

}  // namespace cosigner::cli
