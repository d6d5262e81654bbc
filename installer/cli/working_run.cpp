#include "installer/cli/working_run.hpp"

#include <algorithm>

#include "installer/cli/closing.hpp"
#include "installer/cli/early_questions.hpp"
#include "installer/cli/late_questions.hpp"
#include "installer/cli/say.hpp"
#include "installer/stages/catalog.hpp"

namespace cosigner::cli {
namespace {

/// What a pairing stage says before anything was changed, and what a human can mend in the answers alone.
bool is_mistake_of_answers(const Error& error) {
  if (error.code == "callback.handler_unreachable") return false;  // the way to it may be what this run builds
  const std::string room = error.code.substr(0, error.code.find('.'));
  return room == "answers" || room == "callback" || error.code == "pairing.token_malformed" ||
         error.code == "pairing.token_expired";
}

/// "sha256:…" in a text, or nothing.
std::string digest_in(const std::string& text) {
  const auto at = text.find("sha256:");
  return at == std::string::npos ? std::string() : text.substr(at, 7 + 64);
}

}  // namespace

void WorkingRun::give_token(Secret token) {
  session_.redactor().add(token);
  token_ = std::move(token);
}

Status WorkingRun::begin(bool judges_weakenings) {
  prepared_ = TRY(prepare(invocation_, environment_, judges_weakenings));
  for (const auto& [key, reference] : {std::pair("registry", &prepared_.settings.answers.registry_password),
                                       std::pair("proxy", &prepared_.settings.answers.proxy_password)}) {
    if (!reference->value.empty()) session_.redactor().add(reference->value);
  }
  if (!token_.empty()) {
    prepared_.settings.answers.pairing_token = {profile::SecretRef::Kind::given, {}, token_};
    prepared_.settings.origins["pairing.token"] = "standard input";
  }
  TRY(select_stages(environment_, prepared_.settings.profile, "", invocation_.until));
  TRY(require_root(invocation_, environment_));
  if (environment_.take_lock) lock_ = TRY(environment_.take_lock());
  journal_ = TRY(state::Journal::load(environment_.host, journal_file));
  return {};
}

/// Between the first change and the stage that needs the user lie sources, a kernel and a reboot.
Status WorkingRun::check_named_user() const {
  const auto& settings = prepared_.settings;
  const auto& wanted = settings.profile.stages;
  if (std::find(wanted.begin(), wanted.end(), "sgx-packages") == wanted.end()) return {};
  if (auto unknown = TRY(stages::find_unknown_user(environment_.host, settings.answers))) return std::move(*unknown);
  return {};
}

Status WorkingRun::check_before_first_change() {
  TRY(check_named_user());
  if (!unattended_) return ask_early(invocation_, environment_, prepared_, *journal_);
  const auto& settings = prepared_.settings;
  const bool image_is_known = !journal_->ledger().value("image.digest").empty();
  if (settings.answers.registry_password.is_set() && !image_is_known) {
    TRY(profile::open_secret(settings.answers.registry_password, environment_.host, environment_.credentials_directory));
  }
  if (settings.answers.extra_ca.is_set() && !image_is_known)
    TRY(profile::open_text(settings.answers.extra_ca, environment_.host));
  const auto pairing = TRY(select_stages(environment_, settings.profile, "pairing", invocation_.until));
  if (pairing.empty() || pairing.front()->id() != "pairing" || !settings.answers.pairing_token.is_set()) return {};
  const auto plan =
      TRY(pairing.front()->look(environment_.host, {settings, journal_->ledger(), environment_.credentials_directory}));
  if (plan.blocked && is_mistake_of_answers(*plan.blocked)) return *plan.blocked;
  return {};
}

bool WorkingRun::is_digest_wanted(engine::Run& run) const {
  const auto& stages = run.report().stages;
  return !unattended_ && !stages.empty() && stages.back().error &&
         stages.back().error->code.rfind("image.digest_", 0) == 0 && !digest_in(stages.back().error->message).empty();
}

Result<bool> WorkingRun::accept_digest(engine::Run& run) {
  const auto& asking = run.report().stages.back();
  const std::string digest = digest_in(asking.error->message);
  auto& accepted = prepared_.settings.accepted_digests;
  if (std::find(accepted.begin(), accepted.end(), digest) != accepted.end()) return false;
  session_.pause();
  ui::Prompts prompts(environment_.terminal);
  const std::string what = asking.id == "image" ? "for the revision" : "for the image of the SGX service daemon";
  prompts.say("The registry gives this digest " + what + ":\n  " + digest);
  if (!TRY(prompts.yes_no("Accept it, and pin it from now on?", std::nullopt))) return false;
  accepted.push_back(digest);
  run.report().stages.pop_back();
  return true;
}

Status WorkingRun::go(engine::Run& run, std::vector<const engine::Stage*> stages) {
  while (!run.go(stages)) {
    if (!is_digest_wanted(run)) return make_error("run.ended", "", "");  // told by the stage
    const std::string id = run.report().stages.back().id;
    if (!TRY(accept_digest(run))) return make_error("run.ended", "", "");
    const auto asking = std::find_if(stages.begin(), stages.end(), [&](const engine::Stage* stage) { return stage->id() == id; });
    stages.erase(stages.begin(), asking);
  }
  return {};
}

Status WorkingRun::ask_late_if_needed(const engine::Stage& pairing) {
  if (unattended_) return {};
  const auto plan =
      TRY(pairing.look(environment_.host, {prepared_.settings, journal_->ledger(), environment_.credentials_directory}));
  const bool wants_token = plan.waiting && plan.waiting->code == "pairing.token_needed";
  const bool wants_callback = plan.blocked && plan.blocked->code == "answers.callback_undecided";
  if (!wants_token && !wants_callback) return {};
  session_.pause();
  ui::Prompts prompts(environment_.terminal);
  return ask_late({prompts, environment_.host, session_.redactor()}, prepared_.settings);
}

/// Whatever is still to do before the pairing may be a download, and the proxy lets none through without its login.
Status WorkingRun::require_proxy_password(const std::vector<const engine::Stage*>& stages) const {
  const auto& answers = prepared_.settings.answers;
  if (answers.proxy_url.empty() || answers.proxy_username.empty() || answers.proxy_password.is_set()) return {};
  const auto views = engine::look_at(stages, environment_.host, {prepared_.settings, journal_->ledger(), environment_.credentials_directory});
  const bool is_done = std::all_of(views.begin(), views.end(), [](const engine::StageView& view) { return !view.error && view.plan.converged(); });
  return is_done ? Status() : Status(profile::secret_needed("proxy.password"));
}

Status WorkingRun::converge(engine::Run& run, const std::string& first) {
  std::vector<const engine::Stage*> before;
  std::vector<const engine::Stage*> after;
  for (const auto* stage : TRY(select_stages(environment_, prepared_.settings.profile, first, invocation_.until))) {
    const bool late = !after.empty() || stage->id() == "pairing";
    (late ? after : before).push_back(stage);
  }
  TRY(require_proxy_password(before));
  TRY(go(run, before));
  if (after.empty()) return {};
  if (after.front()->id() == "pairing") TRY(ask_late_if_needed(*after.front()));
  return go(run, after);
}

Status WorkingRun::check_operation(const Operation& operation) {
  if (!journal_->exists()) return nothing_set_up();
  auto& settings = prepared_.settings;
  const host::HostView& host = environment_.host;
  if (!TRY(host.containers().engine())) {
    return make_error("engine.unreachable", "no container engine answers on " + settings.profile.engine_socket,
                      "Start it: systemctl start docker.");
  }
  if (operation.wish == profile::RunWish::running && journal_->ledger().value("pairing.user_ids").empty()) {
    return make_error("pairing.token_needed", "nobody is paired with this machine, so there is nothing to run",
                      "Copy a pairing token from the Console and run `sudo cosigner pair`.");
  }
  settings.run_wish = operation.wish;
  if (!operation.replaces) return {};
  if (const auto container = TRY(host.containers().container(settings.profile.cosigner.container_name)))
    settings.replaced_container = container->id;
  return {};
}

/// Not after the verbs that work on what is set up: they do nothing of what a reboot was for.
void WorkingRun::settle_reboot(engine::Run& run) {
  if (!is_setup_ || environment_.cancel.requested()) return;
  const auto stage = stages::make_resume_end_stage(stages::ends_resuming(report::exit_code_of(run.report())));
  const auto plan = stage->look(environment_.host, {prepared_.settings, journal_->ledger(), environment_.credentials_directory});
  if (!plan.ok() || !plan->steps.empty()) run.go({stage.get()});
}

report::ExitCode WorkingRun::carry_out(std::optional<engine::Disruption> budget,
                                       const std::function<Status(engine::Run&)>& work) {
  engine::Run run({environment_.host, *journal_, prepared_.settings, session_.events(), environment_.cancel,
                   environment_.credentials_directory, COSIGNER_VERSION, who(invocation_, environment_)},
                  invocation_.verb);
  run.start();
  run.set_budget(budget);
  auto ended = work(run);
  if (!ended.ok() && ended.error().code != "run.ended") run.fail(std::move(ended).error());
  settle_reboot(run);
  const std::string by = journal_->ledger().value("attestation.by");
  run.report().attested_by = by.empty() ? "nobody" : by;
  run.report().next_steps = next_steps(run.report(), journal_->ledger(), environment_.host.clock().now());
  const Rebooting rebooting = judge_reboot(run.report(), prepared_.settings, budget, environment_.host);
  if (rebooting != Rebooting::not_needed) run.report().next_steps.push_back(reboot_text(rebooting, environment_.host));
  const report::RunReport report = run.finish();
  const auto code = session_.end(report, prepared_.settings, *journal_);
  session_.say_last(outcome_text(report, prepared_.settings, journal_->ledger(), environment_.host));
  // The very last thing: everything is written, and the person knows.
  if (rebooting != Rebooting::by_itself || code != report::ExitCode::reboot_needed) return code;
  if (auto begun = environment_.host.change_kernel().reboot(); !begun.ok()) session_.say_last("The reboot could not be begun: " + begun.error().message);
  return code;
}

report::ExitCode WorkingRun::run(const std::string& first) {
  is_setup_ = first.empty();
  auto begun = begin(unattended_);
  if (begun.ok()) say_notes(invocation_, environment_, prepared_.notes);
  if (begun.ok()) session_.open_log();
  if (begun.ok()) begun = check_before_first_change();
  if (!begun.ok()) return session_.refuse(begun.error());
  const auto budget = budget_of(prepared_.settings, does_cosigner_run(environment_.host, prepared_.settings));
  return carry_out(budget, [&](engine::Run& run) { return converge(run, first); });
}

report::ExitCode WorkingRun::operate(const Operation& operation) {
  // Weakenings were accepted at the set-up; nothing that these verbs take can bring a new one but a downgrade, by its own flag.
  auto begun = begin(false);
  if (begun.ok()) begun = check_operation(operation);
  if (!begun.ok()) return session_.refuse(begun.error());
  session_.open_log();
  session_.keep_answers();
  std::vector<const engine::Stage*> stages;
  for (const auto& stage : environment_.stages) {
    if (std::find(operation.stages.begin(), operation.stages.end(), stage->id()) != operation.stages.end())
      stages.push_back(stage.get());
  }
  return carry_out(engine::Disruption::container, [&](engine::Run& run) { return go(run, stages); });
}

}  // namespace cosigner::cli
