#include "installer/cli/session.hpp"

#include "config/generated_config.hpp"
#include "installer/cli/prepare.hpp"
#include "installer/cli/say.hpp"
#include "installer/stages/catalog.hpp"
#include "installer/ui/status_view.hpp"
#include "profile/answers_writer.hpp"
#include "report/event_json.hpp"

namespace cosigner::cli {
namespace {

constexpr std::chrono::seconds heartbeat{7};  // a silence is noticed after at most twice this: below 15 s
constexpr std::chrono::seconds redraw{1};
const Path last_run_file = "/var/lib/cosigner/last-run.json";
const Path status_file = "/run/cosigner/status.json";

report::Detail detail_of(const Invocation& invocation) {
  return invocation.quiet ? report::Detail::quiet : invocation.verbose ? report::Detail::verbose : report::Detail::normal;
}

}  // namespace

void EffectList::on(const report::Event& event, Time) {
  if (const auto* step = std::get_if<report::StepStarted>(&event)) begun_ = {step->stage, step->step, step->kind, step->subject};
  if (const auto* step = std::get_if<report::StepFinished>(&event)) {
    if (!step->error) rows_.push_back(begun_);
  }
}

class Session::Gate : public report::EventSink {
 public:
  explicit Gate(Session& session) : session_(session) {}
  void on(const report::Event& event, Time at) override {
    session_.effects_.on(event, at);
    if (session_.log_ && !std::holds_alternative<report::Heartbeat>(event)) session_.log_->on(event, at);
    session_.renderer_->on(event, at);
  }

 private:
  Session& session_;
};

Session::Session(const Invocation& invocation, Environment& environment) : invocation_(invocation), environment_(environment) {
  const auto detail = detail_of(invocation);
  auto& terminal = environment.terminal;
  if (invocation.json) {
    renderer_ = std::make_unique<ui::JsonLines>(terminal, redactor_);
  } else if (terminal.can_redraw() && !invocation.quiet) {
    auto live = std::make_unique<ui::LiveRenderer>(terminal, redactor_, detail);
    live_ = live.get();
    renderer_ = std::move(live);
  } else {
    renderer_ = std::make_unique<ui::PlainRenderer>(terminal, redactor_, detail);
  }
  gate_ = std::make_unique<Gate>(*this);
  const host::HostView& host = environment.host;
  pulse_ = std::make_unique<ui::Pulse>(
      *gate_, [&host] { return host.clock().now(); }, live_ != nullptr ? redraw : heartbeat);
  profile::watch_opened_secrets([this](const Secret& secret) { redactor_.add(secret); });
}

Session::~Session() {
  profile::watch_opened_secrets(nullptr);
  pulse_.reset();
}

void Session::open_log() { log_ = std::make_unique<report::RunLog>(environment_.host.change_files(), redactor_); }

void Session::pause() {
  pulse_->pause();
  if (live_ != nullptr) live_->clear();
}

report::ExitCode Session::refuse(const Error& error) {
  report::RunReport report;
  report.verb = invocation_.verb;
  report.started = report.ended = environment_.host.clock().now();
  report.error = error;
  report.cancelled_by = environment_.cancel.signal();
  const auto code = report::exit_code_of(report);
  if (invocation_.json) {
    events().on(report::RunFinished{report, code}, report.ended);
  } else {
    pause();
    for (const auto& line : report::error_text("cosigner " + invocation_.verb, error)) environment_.terminal.err(for_screen(redactor_.scrub(line), environment_.terminal) + "\n");
  }
  return code;
}

void Session::warn(const std::string& what, const Error& error) {
  if (invocation_.json) return;
  environment_.terminal.err(for_screen("note: " + what + " could not be written: " + error.message, environment_.terminal) + "\n");
}

void Session::leave(const Path& file, const std::string& bytes, std::uint32_t mode, std::uint32_t directory_mode) {
  auto& files = environment_.host.change_files();
  auto made = files.make_dir(file.parent(), {{directory_mode}, {}});
  auto written = made.ok() ? files.write_atomic(file, bytes, {{mode}, {}}) : std::move(made);
  if (!written.ok()) warn(file.text(), written.error());
}

/// What a run was asked for is kept, so that the next one needs no answers: of one that did not reach its end in the snapshot,
/// which goes before config.json, of a finished one beside it.
void Session::leave_answers(const report::RunReport& report, const profile::Settings& settings, const state::Ledger& ledger) {
  if (keeps_answers_) return;
  auto& files = environment_.host.change_files();
  const auto kept = files.read(answers_snapshot);
  if (!kept.ok()) return warn(answers_snapshot.text(), kept.error());
  const bool is_complete = report::exit_code_of(report) == report::ExitCode::ok && invocation_.until.empty();
  const bool is_rebooting = report::exit_code_of(report) == report::ExitCode::reboot_needed;
  const bool is_noted = !ledger.value(stages::reboot_answers_name).empty();  // only the run's own steps change bytes and hash
  const auto unfinished = is_rebooting ? stages::surviving_answers(settings, environment_.host).answers : settings.answers;
  const auto text =
      config::write_config(is_complete ? profile::write_used_answers(settings.answers) : profile::write_answers(unfinished),
                           config::Generated{});
  if (is_complete) {
    const auto last = files.read(kept_answers);
    if (text.ok() && last.ok() && (!*last || **last != *text)) leave(kept_answers, *text, 0600, 0755);
    if (!*kept || is_noted) return;
    if (auto removed = files.remove(answers_snapshot); !removed.ok()) warn(answers_snapshot.text(), removed.error());
    return;
  }
  if (is_noted) return;
  // A set-up that attestation refused stays the wish, or `start` would go by the weaker one of before.
  const bool is_refused = report::exit_code_of(report) == report::ExitCode::attestation_refused;
  if (report.effects == 0 && !*kept && !is_refused) return;
  if (text.ok() && (!*kept || **kept != *text)) leave(answers_snapshot, *text, 0600, 0755);
}

report::ExitCode Session::end(const report::RunReport& report, const profile::Settings& settings, const state::Journal& journal) {
  const auto code = report::exit_code_of(report);
  leave(last_run_file, redactor_.scrub(report::last_run_document(report)), 0600, 0755);
  leave_answers(report, settings, journal.ledger());
  const ui::ShortStatus status{settings, journal.ledger(), report};
  leave(status_file, redactor_.scrub(ui::short_status_document(status)), 0644, 0755);
  if (!invocation_.record_file.empty()) {
    auto recorded = environment_.operator_files.create(
        invocation_.record_file, ui::effects_document(report.run_id, effects_.rows()), environment_.person());
    if (!recorded.ok()) warn("--record", recorded.error());
  }
  if (log_ && log_->trouble()) warn("the run log", *log_->trouble());
  return code;
}

void Session::say_last(const std::string& text) {
  if (invocation_.json || invocation_.quiet || text.empty()) return;
  pause();
  environment_.terminal.out(for_screen(redactor_.scrub(text), environment_.terminal) + "\n");
}

std::string who(const Invocation& invocation, const Environment& environment) {
  std::string text = "uid " + std::to_string(environment.uid);
  if (environment.caller) text += ", called by uid " + std::to_string(environment.caller->uid);
  text += ": " + invocation.verb;
  for (const auto& option : invocation.given) text += " " + option;
  return text;
}

}  // namespace cosigner::cli
