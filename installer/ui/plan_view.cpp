#include "installer/ui/plan_view.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/shown_json.hpp"
#include "base/untrusted.hpp"
#include "profile/weakenings.hpp"
#include "report/error_json.hpp"
#include "report/event_text.hpp"

namespace cosigner::ui {
namespace {

using nlohmann::json;
using report::Outcome;

constexpr std::size_t longest_text = 300;

std::string safe(const std::string& text) { return shown(Untrusted(text), longest_text); }

const std::optional<Error>& reason_of(const engine::StageView& stage) {
  if (stage.error) return stage.error;
  return stage.plan.blocked ? stage.plan.blocked : stage.plan.waiting;
}

bool is_held(const engine::StageView& stage, const std::optional<engine::Disruption>& budget) {
  return budget && std::any_of(stage.plan.steps.begin(), stage.plan.steps.end(),
                               [&](const engine::Step& step) { return step.disruption > *budget; });
}

json step_json(const engine::Step& step) {
  return {{"id", step.id},
          {"kind", engine::kind_of(step)},
          {"subject", engine::subject_of(step)},
          {"why", step.why},
          {"undo", step.undo},
          {"disruption", engine::name_of(step.disruption)}};
}

json stage_json(const PlanView& plan, const engine::StageView& stage) {
  json steps = json::array();
  for (const auto& step : stage.plan.steps) steps.push_back(step_json(step));
  json findings = json::array();
  for (const auto& finding : stage.plan.findings) findings.push_back(report::json_of(finding));
  const std::string awaited = waits_for(plan.stages, stage);
  return {{"id", stage.stage->id()},
          {"title", stage.stage->title()},
          {"state", state_of(plan.stages, stage, plan.budget)},
          {"waits_for", awaited.empty() ? json() : json(awaited)},
          {"steps", steps},
          {"findings", findings},
          {"more_follows", stage.plan.continues},
          {"could_not_look", stage.error.has_value()},
          {"reason", report::json_of(reason_of(stage))}};
}

/// Something is not there, and the steps of this very stage bring it: no failure, but a thing to do.
bool is_brought_by_steps(const engine::StageView& stage, const report::Finding& finding) {
  return finding.outcome == Outcome::skip && !stage.plan.steps.empty() && !finding.evidence.empty() && !finding.because.empty();
}

std::string findings_text(const engine::StageView& stage) {
  std::string text;
  for (const auto& finding : stage.plan.findings) {
    if (is_brought_by_steps(stage, finding)) text += "    to do: " + safe(finding.evidence) + "; " + safe(finding.because) + "\n";
    if (finding.outcome == Outcome::pass || finding.outcome == Outcome::skip) continue;
    text += "    " + report::finding_text(finding) + "\n";
    const bool comes_again = reason_of(stage) && reason_of(stage)->remedy == finding.remedy;
    if (!finding.remedy.empty() && !comes_again) text += "      " + safe(finding.remedy) + "\n";
  }
  return text;
}

/// A sentence as a part of a longer line.
std::string part(const std::string& sentence) {
  std::string text = safe(sentence);
  if (!text.empty() && text.back() == '.') text.pop_back();
  return text;
}

bool share_a_line(const engine::Step& one, const engine::Step& other, PlanDetail detail) {
  const bool same_reason = detail == PlanDetail::compact || (one.why == other.why && one.undo == other.undo);
  return engine::kind_of(one) == engine::kind_of(other) && one.disruption == other.disruption && same_reason;
}

/// Neighbours of one kind that interrupt the same, for the same reason where reasons are told, share a line.
std::string steps_text(const std::vector<engine::Step>& steps, PlanDetail detail) {
  std::string text;
  for (std::size_t at = 0; at < steps.size();) {
    const engine::Step& first = steps[at];
    text += "    - " + engine::kind_of(first) + " " + safe(engine::subject_of(first));
    for (++at; at < steps.size() && share_a_line(first, steps[at], detail); ++at)
      text += ", " + safe(engine::subject_of(steps[at]));
    text += first.disruption == engine::Disruption::none
                ? "\n"
                : " (interrupts: " + std::string(engine::name_of(first.disruption)) + ")\n";
    if (detail == PlanDetail::full) text += "      why: " + part(first.why) + "; undo: " + part(first.undo) + "\n";
  }
  return text;
}

std::string stage_text(const PlanView& plan, const engine::StageView& stage, PlanDetail detail) {
  std::string text =
      "  " + stage.stage->id() + ": " + state_words(plan.stages, stage, plan.budget) + " - " + stage.stage->title() + "\n";
  text += findings_text(stage) + steps_text(stage.plan.steps, detail);
  if (stage.plan.continues) text += "    more follows from what these steps bring\n";
  if (const auto& reason = reason_of(stage)) {
    for (const auto& line : report::error_text(stage.error ? "could not look" : "then", *reason)) text += "    " + line + "\n";
  }
  return text;
}

/// By what the stage itself says.
std::string own_state(const engine::StageView& stage, const std::optional<engine::Disruption>& budget) {
  if (stage.error || stage.plan.blocked) return "blocked";
  if (is_held(stage, budget)) return "held";
  if (!stage.plan.steps.empty()) return "pending";
  return stage.plan.waiting ? "blocked" : "converged";
}

/// What was seen shows that all is as wanted; a stage that says nothing at all is believed.
bool shows_that_it_is_done(const engine::StageView& stage) {
  const auto& findings = stage.plan.findings;
  const auto says_nothing = [](const report::Finding& each) {
    return each.outcome == Outcome::skip || each.outcome == Outcome::unknown;
  };
  return findings.empty() || !std::all_of(findings.begin(), findings.end(), says_nothing);
}

}  // namespace

std::string waits_for(const std::vector<engine::StageView>& stages, const engine::StageView& stage) {
  if (own_state(stage, std::nullopt) != "converged" || shows_that_it_is_done(stage)) return {};
  std::string nearest;
  for (const auto& each : stages) {
    if (each.stage->id() == stage.stage->id()) break;
    if (own_state(each, std::nullopt) != "converged") nearest = each.stage->id();
  }
  return nearest;
}

std::string state_of(const std::vector<engine::StageView>& stages, const engine::StageView& stage,
                     const std::optional<engine::Disruption>& budget) {
  return waits_for(stages, stage).empty() ? own_state(stage, budget) : "blocked";
}

std::string state_words(const std::vector<engine::StageView>& stages, const engine::StageView& stage,
                        const std::optional<engine::Disruption>& budget) {
  const std::string awaited = waits_for(stages, stage);
  if (!awaited.empty()) return "waits for " + awaited;
  const std::string state = own_state(stage, budget);
  if (state != "blocked" || stage.error || stage.plan.blocked) return state;
  return stage.plan.waiting->code == "reboot.needed" ? "waits for a reboot" : "waits for you";
}

std::string weakenings_text(const profile::Settings& settings) {
  std::vector<std::pair<std::string, std::string>> groups;  // what is said first of each, and its ways out
  std::vector<std::string> texts;
  for (const auto& weakening : settings.weakenings) {
    const std::pair<std::string, std::string> group(weakening.id, profile::what_to_remove(weakening, settings.profile));
    const auto known = std::find(groups.begin(), groups.end(), group);
    if (known != groups.end()) {
      texts[static_cast<std::size_t>(known - groups.begin())] += ", " + safe(weakening.what);
      continue;
    }
    groups.push_back(group);
    texts.push_back("  weaker than built in: " + weakening.id + ": " + safe(weakening.what));
  }
  std::string text;
  for (std::size_t at = 0; at < groups.size(); ++at)
    text += texts[at] + "\n    to be rid of it, remove " + safe(groups[at].second) + "\n";
  return text;
}

bool has_pending(const PlanView& plan) {
  return std::any_of(plan.stages.begin(), plan.stages.end(),
                     [&](const engine::StageView& stage) { return state_of(plan.stages, stage, plan.budget) != "converged"; });
}

bool has_blind_spot(const PlanView& plan) {
  return std::any_of(plan.stages.begin(), plan.stages.end(),
                     [](const engine::StageView& stage) { return stage.error.has_value(); });
}

std::string interruptions_of(const PlanView& plan) {
  std::vector<std::string> names;
  for (const auto& stage : plan.stages) {
    for (const auto& step : stage.plan.steps) {
      const std::string name(engine::name_of(step.disruption));
      if (step.disruption != engine::Disruption::none && std::find(names.begin(), names.end(), name) == names.end())
        names.push_back(name);
    }
  }
  if (names.empty()) return "Nothing that runs is interrupted.";
  std::string text = "This interrupts: ";
  for (std::size_t at = 0; at < names.size(); ++at) text += (at == 0 ? "" : ", ") + names[at];
  return text + ".";
}

std::string plan_text(const PlanView& plan, PlanDetail detail) {
  std::string text = "Plan for profile " + safe(plan.settings.profile.name) + "\n";
  if (plan.settings.profile.simulation) text += "SIMULATION: nothing about this machine's hardware is true\n";
  text += weakenings_text(plan.settings);
  for (const auto& stage : plan.stages) text += stage_text(plan, stage, detail);
  if (!plan.is_root) text += "Looked without root: what only root can see is not judged.\n";
  if (!has_pending(plan)) return text + "Nothing to do.\n";
  if (detail == PlanDetail::compact) text += "Why each step is wanted, and the way back: cosigner plan.\n";
  return text + interruptions_of(plan) + "\n";
}

std::string plan_document(const PlanView& plan) {
  json stages = json::array();
  for (const auto& stage : plan.stages) stages.push_back(stage_json(plan, stage));
  json weakenings = json::array();
  for (const auto& each : plan.settings.weakenings)
    weakenings.push_back({{"id", each.id},
                          {"what", each.what},
                          {"origin", each.origin},
                          {"remove", profile::what_to_remove(each, plan.settings.profile)}});
  const auto text_or_null = [](const std::string& text) { return text.empty() ? json() : json(text); };
  const json document = {{"schema", "cosigner.plan/1"},
                         {"time", to_iso(plan.at)},
                         {"profile", plan.settings.profile.name},
                         {"simulation", plan.settings.profile.simulation},
                         {"weakenings", weakenings},
                         {"answers_sha256", text_or_null(plan.settings.answers_sha256)},
                         {"max_disruption", plan.budget ? json(engine::name_of(*plan.budget)) : json()},
                         {"as_root", plan.is_root},
                         {"pending", has_pending(plan)},
                         {"stages", stages}};
  return to_shown_json(document);
}

}  // namespace cosigner::ui
