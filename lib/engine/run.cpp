#include "engine/run.hpp"

#include "base/crypto.hpp"
#include "engine/executor.hpp"

namespace cosigner::engine {
namespace {

/// A step that crashed this often in a row is not tried again without a look by a human (contracts, exit code 8).
constexpr int crash_limit = 3;
/// A stage may need to plan again when what its steps brought decides what comes next; it never needs more rounds than this.
constexpr int round_limit = 6;
constexpr std::chrono::seconds heartbeat_interval{10};

Error crashed_thrice(const std::string& stage, const Step& step) {
  return make_error("run.crashed_thrice", "the step " + stage + "/" + step.id + " (" + effect_of(step) + ") was cut off " + std::to_string(crash_limit) + " times in a row",
                    "Look at the end of the newest log in /var/log/cosigner and at `dmesg`, then run again: the count starts anew.");
}

Error not_converged(const std::string& stage, const std::vector<Step>& steps) {
  return make_error("verify.not_converged", "stage " + stage + " is done but the machine does not show it: " + effect_of(steps.front()) + " is still wanted",
                    "Look for a program that changes it back (configuration management), then run again.");
}

bool same_steps(const std::vector<Step>& one, const std::vector<Step>& other) {
  if (one.size() != other.size()) return false;
  for (std::size_t i = 0; i < one.size(); ++i) {
    if (fingerprint_of(one[i]) != fingerprint_of(other[i])) return false;
  }
  return true;
}

}  // namespace

Run::Run(RunEnvironment environment, std::string verb) : env_(std::move(environment)) {
  report_.verb = std::move(verb);
  report_.started = now();
  report_.run_id = make_uuid().value_or("00000000-0000-4000-8000-000000000000").substr(0, 8);
}

StageContext Run::context() const { return {env_.settings, env_.journal.ledger(), env_.credentials_directory}; }

void Run::start() {
  report_.simulation = env_.settings.profile.simulation;
  for (const auto& weakening : env_.settings.weakenings) report_.weakenings.push_back(weakening.id);
  emit(report::RunStarted{report_.run_id, report_.verb, env_.version, env_.settings.profile.name, report_.simulation, report_.weakenings});
}

bool Run::go(const std::vector<const Stage*>& stages) {
  for (const Stage* stage : stages) {
    report_.stages.push_back({});
    report::StageReport& row = report_.stages.back();
    row.id = stage->id();
    const auto began = env_.host.clock().monotonic();
    emit(report::StageStarted{row.id, stage->title()});
    const bool go_on = converge(*stage, row);
    row.took = env_.host.clock().monotonic() - began;
    emit(report::StageFinished{row.id, row.state, row.took, row.error});
    if (!go_on) return false;
  }
  return true;
}

bool Run::end_with(report::StageReport& row, report::StageState state, Error error) {
  row.state = state;
  row.error = std::move(error).within("stage " + row.id);
  return false;
}

bool Run::converge(const Stage& stage, report::StageReport& row) {
  std::vector<Step> before;
  for (int round = 0; round < round_limit; ++round) {
    if (env_.cancel.requested()) return end_with(row, report::StageState::failed, make_error("run.cancelled", "cancelled by a signal", "Run the same command again to go on."));
    auto looked = stage.look(env_.host, context());
    if (!looked) return end_with(row, report::StageState::failed, std::move(looked).error());
    StagePlan plan = std::move(looked).value();
    if (round == 0) {
      row.findings = plan.findings;
      emit(report::StageFound{row.id, plan.findings, static_cast<int>(plan.steps.size())});
    }
    if (plan.blocked) return end_with(row, report::StageState::blocked, std::move(*plan.blocked));
    if (plan.steps.empty() && plan.waiting) return end_with(row, report::StageState::waiting, std::move(*plan.waiting));
    if (plan.steps.empty()) {
      row.state = report::StageState::converged;
      return true;
    }
    if (same_steps(plan.steps, before)) return end_with(row, report::StageState::failed, not_converged(row.id, plan.steps));
    before = plan.steps;
    if (!hold_back(row, plan.steps)) return false;
    for (const Step& step : plan.steps) {
      auto done = carry_out(stage, step, row);
      if (!done) return end_with(row, report::StageState::failed, std::move(done).error());
    }
  }
  return end_with(row, report::StageState::failed, not_converged(row.id, before));
}

/// Steps above the budget are listed, and nothing of this stage is done: half a stage would be a state that nobody planned.
bool Run::hold_back(report::StageReport& row, std::vector<Step>& steps) {
  if (!budget_) return true;
  std::string held;
  for (const Step& step : steps) {
    if (step.disruption > *budget_) held += (held.empty() ? "" : "; ") + effect_of(step) + " (interrupts: " + std::string(name_of(step.disruption)) + ")";
  }
  if (held.empty()) return true;
  return end_with(
      row, report::StageState::held,
      make_error("run.held_back", "held back while the co-signer is up: " + held,
                 "In a maintenance window run `cosigner setup --max-disruption` with the word that may be interrupted."));
}

Status Run::note_start() {
  if (started_in_journal_) return {};
  state::Record record;
  record.kind = state::Record::Kind::run_started;
  record.at = now();
  record.run = report_.run_id;
  record.who = env_.who;
  record.reason = env_.settings.downgrade_reason;
  TRY(env_.journal.append(env_.host, std::move(record)));
  started_in_journal_ = true;
  return {};
}

Status Run::carry_out(const Stage& stage, const Step& step, report::StageReport& row) {
  if (env_.cancel.requested()) return make_error("run.cancelled", "cancelled by a signal", "Run the same command again to go on.");
  TRY(note_start());
  state::Record record;
  record.kind = state::Record::Kind::intent;
  record.at = now();
  record.run = report_.run_id;
  record.stage = row.id;
  record.step = step.id;
  record.step_kind = kind_of(step);
  record.subject = subject_of(step);
  record.fingerprint = fingerprint_of(step);

  const auto& attempts = env_.journal.ledger().open_attempts;
  const auto crashes = attempts.find(row.id + "/" + step.id);
  const bool hopeless = crashes != attempts.end() && crashes->second >= crash_limit;
  if (!hopeless) TRY(env_.journal.append(env_.host, record));
  emit(report::StepStarted{row.id, step.id, record.step_kind, record.subject, step.why});

  const auto began = env_.host.clock().monotonic();
  auto last_sign = began;
  const host::ProgressSink progress = [&](const host::Progress& p) {
    emit(report::StepProgressed{row.id, step.id, p.what, p.done, p.total, p.percent});
    const auto at = env_.host.clock().monotonic();
    if (at - last_sign < heartbeat_interval) return;
    last_sign = at;
    emit(report::Heartbeat{row.id, p.what});
  };
  auto outcome = hopeless ? Result<StepOutcome>(crashed_thrice(row.id, step)) : execute(step, stage, env_.host, context(), progress);
  const auto took = env_.host.clock().monotonic() - began;

  record.at = now();
  if (!outcome) {
    record.kind = state::Record::Kind::failed;
    record.error_code = outcome.error().code;
    emit(report::StepFinished{row.id, step.id, took, outcome.error()});
    Error error = std::move(outcome).error().within("step " + step.id);
    if (auto noted = env_.journal.append(env_.host, std::move(record)); !noted) return std::move(error).followed_by(std::move(noted).error());
    return error;
  }
  ++row.steps_done;
  ++report_.effects;
  record.kind = state::Record::Kind::done;
  record.ownership = outcome->ownership;
  record.backup = outcome->backup;
  record.remember = outcome->remember;
  emit(report::StepFinished{row.id, step.id, took, std::nullopt});
  return env_.journal.append(env_.host, std::move(record));
}

report::RunReport Run::finish() {
  report_.cancelled_by = env_.cancel.signal();
  report_.ended = now();
  if (started_in_journal_) {
    state::Record record;
    record.kind = state::Record::Kind::run_finished;
    record.at = report_.ended;
    record.run = report_.run_id;
    record.error_code = std::to_string(static_cast<int>(report::exit_code_of(report_)));
    auto noted = env_.journal.append(env_.host, std::move(record));
    // A full disk stops a stage and then the journal: the stage's own error says more, and its code is the run's.
    if (!noted && report::exit_code_of(report_) == report::ExitCode::ok) report_.error = std::move(noted).error();
  }
  emit(report::RunFinished{report_, report::exit_code_of(report_)});
  return report_;
}

std::vector<StageView> look_at(const std::vector<const Stage*>& stages, const host::HostView& host, const StageContext& context) {
  std::vector<StageView> views;
  for (const Stage* stage : stages) {
    StageView view;
    view.stage = stage;
    auto plan = stage->look(host, context);
    if (plan) {
      view.plan = std::move(plan).value();
    } else {
      view.error = std::move(plan).error();
    }
    views.push_back(std::move(view));
  }
  return views;
}

}  // namespace cosigner::engine
