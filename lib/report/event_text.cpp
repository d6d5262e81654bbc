#include "report/event_text.hpp"

#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "base/untrusted.hpp"

namespace cosigner::report {
namespace {

constexpr std::size_t longest_line = 400;

/// Stage plans quote what they saw on the machine, so every text of an event is treated as foreign.
std::string safe(const std::string& text) { return shown(Untrusted(text), longest_line); }

std::string took_text(std::chrono::milliseconds took) { return took < std::chrono::milliseconds(100) ? std::string() : " (" + to_people_duration(took) + ")"; }

/// Several may have one id; it is named once.
std::string weakening_names(const std::vector<std::string>& ids) {
  std::vector<std::string> names;
  for (const auto& id : ids) {
    if (std::find(names.begin(), names.end(), safe(id)) == names.end()) names.push_back(safe(id));
  }
  return joined(names, ", ");
}

std::string state_words(StageState state) {
  switch (state) {
    case StageState::converged: return "done";
    case StageState::pending: return "has changes pending";
    case StageState::blocked: return "cannot go on";
    case StageState::held: return "is held back";
    case StageState::waiting: return "waits for you";
    case StageState::failed: return "failed";
    case StageState::not_reached: break;
  }
  return "was not reached";
}

struct ToText {
  Detail detail;
  std::vector<std::string> lines;

  void operator()(const RunStarted& e) {
    if (detail == Detail::quiet) return;
    lines.push_back("cosigner " + e.version + ": " + e.verb + ", profile " + safe(e.profile));
    if (e.simulation) lines.push_back("SIMULATION: nothing about this machine's hardware is true");
    if (!e.weakenings.empty()) lines.push_back("weaker than built in: " + weakening_names(e.weakenings) + " (\"cosigner plan\" says why, and what to remove)");
  }
  void operator()(const StageStarted& e) {
    if (detail == Detail::verbose) lines.push_back(e.stage + ": " + safe(e.title));
  }
  void operator()(const StageFound& e) {
    for (const auto& finding : e.findings) add_finding(e.stage, finding);
    if (detail != Detail::quiet && e.pending_steps > 0) {
      lines.push_back(e.stage + ": " + std::to_string(e.pending_steps) + (e.pending_steps == 1 ? " step to do now" : " steps to do now"));
    }
  }
  void operator()(const StepStarted& e) {
    if (detail != Detail::quiet) lines.push_back(e.stage + ": " + e.step + ": " + safe(e.kind) + (e.subject == e.kind ? std::string() : " " + safe(e.subject)) + " - " + safe(e.why));
  }
  void operator()(const StepProgressed& e) {
    if (detail == Detail::quiet) return;
    lines.push_back(e.stage + ": " + e.step + ": " + safe(e.what) + " " + progress_text(e.done, e.total, e.percent));
  }
  void operator()(const StepFinished& e) {
    if (e.error) return;  // told once, by the stage
    if (detail == Detail::verbose) lines.push_back(e.stage + ": " + e.step + ": done" + took_text(e.took));
  }
  void operator()(const StageFinished& e) {
    if (e.error) {
      for (auto& line : error_text(e.stage, *e.error)) lines.push_back(std::move(line));
    } else if (detail != Detail::quiet) {
      lines.push_back(e.stage + ": " + state_words(e.state) + took_text(e.took));
    }
  }
  void operator()(const Heartbeat& e) {
    if (detail != Detail::quiet) lines.push_back(e.stage + ": still at work: " + safe(e.what));
  }
  void operator()(const Note& e) {
    if (detail != Detail::quiet) lines.push_back((e.stage.empty() ? std::string() : e.stage + ": ") + safe(e.text));
  }
  void operator()(const RunFinished& e) {
    if (e.report.error) lines = error_text("cosigner", *e.report.error);
    if (detail == Detail::quiet && e.code == ExitCode::ok) return;
    for (const auto& step : e.report.next_steps) lines.push_back("next: " + safe(step));
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(e.report.ended - e.report.started);
    lines.push_back("finished: exit code " + std::to_string(static_cast<int>(e.code)) + ", effects: " + std::to_string(e.report.effects) + ", " + to_people_duration(took));
  }

 private:
  void add_finding(const std::string& stage, const Finding& finding) {
    const bool matters = finding.outcome == Outcome::warn || finding.outcome == Outcome::fail;
    if (detail == Detail::quiet && finding.outcome != Outcome::fail) return;
    if (detail == Detail::normal && !matters) return;
    lines.push_back(stage + ": " + finding_text(finding));
    if (matters && !finding.remedy.empty()) lines.push_back("  " + safe(finding.remedy));
  }
};

}  // namespace

std::string progress_text(std::uint64_t done, const std::optional<std::uint64_t>& total, const std::optional<double>& percent) {
  if (total && *total > 0) return to_people_size(std::min(done, *total)) + " of " + to_people_size(*total);
  if (percent) return std::to_string(std::lround(std::clamp(*percent, 0.0, 100.0))) + " %";
  return done > 0 ? to_people_size(done) : std::string();
}

std::string finding_text(const Finding& finding) {
  const std::string word = std::string(name_of(finding.outcome)) + ": ";
  if (finding.outcome == Outcome::pass) return word + safe(finding.title) + (finding.evidence.empty() ? "" : ": " + safe(finding.evidence));
  std::vector<std::string> seen;
  for (const auto* part : {&finding.evidence, &finding.because}) {
    if (!part->empty()) seen.push_back(safe(*part));
  }
  return word + joined(seen, "; ") + " (" + safe(finding.id) + ")";
}

std::vector<std::string> error_text(const std::string& place, const Error& error) {
  std::vector<std::string> lines = {place + ": " + safe(error.message) + " (" + error.code + ")."};
  for (const auto& context : error.context) {
    if (context != "stage " + place) lines.push_back("  " + safe(context));
  }
  for (const Error* cause = error.cause.get(); cause != nullptr; cause = cause->cause.get()) {
    lines.push_back("  because: " + safe(cause->message) + " (" + cause->code + ")");
  }
  if (!error.remedy.empty()) lines.push_back("  " + safe(error.remedy));
  return lines;
}

std::vector<std::string> event_text(const Event& event, Detail detail) {
  ToText visitor{detail, {}};
  std::visit(visitor, event);
  return std::move(visitor.lines);
}

}  // namespace cosigner::report
