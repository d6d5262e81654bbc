#include "installer/ui/plan_view.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/shown_json.hpp"
#include "base/untrusted.hpp"
#include "report/error_json.hpp"
#include "report/event_text.hpp"

namespace cosigner::ui {
namespace {

using nlohmann::json;

constexpr std::size_t longest_text = 300;

std::string safe(const std::string& text) { return shown(Untrusted(text), longest_text); }

const std::optional<Error>& reason_of(const engine::StageView& stage) {
  if (stage.error) return stage.error;
  return stage.plan.blocked ? stage.plan.blocked : stage.plan.waiting;
}

bool is_held(const engine::StageView& stage, const std::optional<engine::Disruption>& budget) {
  return budget && std::any_of(stage.plan.steps.begin(), stage.plan.steps.end(), [&](const engine::Step& step) { return step.disruption > *budget; });
}

json step_json(const engine::Step& step) {
  return {{"id", step.id},     {"kind", engine::kind_of(step)}, {"subject", engine::subject_of(step)},
          {"why", step.why},   {"undo", step.undo},             {"disruption", engine::name_of(step.disruption)}};
}

json stage_json(const engine::StageView& stage, const std::optional<engine::Disruption>& budget) {
  json steps = json::array();
  for (const auto& step : stage.plan.steps) steps.push_back(step_json(step));
  json findings = json::array();
  for (const auto& finding : stage.plan.findings) findings.push_back(report::json_of(finding));
  return {{"id", stage.stage->id()}, {"title", stage.stage->title()},         {"state", state_of(stage, budget)},
          {"steps", steps},          {"findings", findings},                  {"more_follows", stage.plan.continues},
          {"could_not_look", stage.error.has_value()}, {"reason", report::json_of(reason_of(stage))}};
}

std::string findings_text(const engine::StageView& stage) {
  std::string text;
  for (const auto& finding : stage.plan.findings) {
    if (finding.outcome == report::Outcome::pass || finding.outcome == report::Outcome::skip) continue;
    text += "    " + std::string(name_of(finding.outcome)) + ": " + safe(finding.title) + ": " + safe(finding.evidence.empty() ? finding.because : finding.evidence) + "\n";
    if (!finding.remedy.empty()) text += "      " + safe(finding.remedy) + "\n";
  }
  return text;
}

std::string step_text(const engine::Step& step) {
  std::string text = "    - " + engine::kind_of(step) + " " + safe(engine::subject_of(step)) + "\n      why: " + safe(step.why) + "\n      undo: " + safe(step.undo) + "\n";
  if (step.disruption != engine::Disruption::none) text += "      interrupts: " + std::string(engine::name_of(step.disruption)) + "\n";
  return text;
}

std::string stage_text(const engine::StageView& stage, const std::optional<engine::Disruption>& budget) {
  std::string text = "  " + stage.stage->id() + ": " + state_of(stage, budget) + " - " + stage.stage->title() + "\n" + findings_text(stage);
  for (const auto& step : stage.plan.steps) text += step_text(step);
  if (stage.plan.continues) text += "    more follows from what these steps bring\n";
  if (const auto& reason = reason_of(stage)) {
    for (const auto& line : report::error_text(stage.error ? "could not look" : "then", *reason)) text += "    " + line + "\n";
  }
  return text;
}

}  // namespace

std::string state_of(const engine::StageView& stage, const std::optional<engine::Disruption>& budget) {
  if (stage.error || stage.plan.blocked) return "blocked";
  if (is_held(stage, budget)) return "held";
  if (!stage.plan.steps.empty()) return "pending";
  return stage.plan.waiting ? "blocked" : "converged";
}

bool has_pending(const PlanView& plan) {
  return std::any_of(plan.stages.begin(), plan.stages.end(), [&](const engine::StageView& stage) { return state_of(stage, plan.budget) != "converged"; });
}

bool has_blind_spot(const PlanView& plan) {
  return std::any_of(plan.stages.begin(), plan.stages.end(), [](const engine::StageView& stage) { return stage.error.has_value(); });
}

std::string interruptions_of(const PlanView& plan) {
  std::vector<std::string> names;
  for (const auto& stage : plan.stages) {
    for (const auto& step : stage.plan.steps) {
      const std::string name(engine::name_of(step.disruption));
      if (step.disruption != engine::Disruption::none && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  }
  if (names.empty()) return "Nothing that runs is interrupted.";
  std::string text = "This interrupts: ";
  for (std::size_t at = 0; at < names.size(); ++at) text += (at == 0 ? "" : ", ") + names[at];
  return text + ".";
}

std::string plan_text(const PlanView& plan) {
  std::string text = "Plan for profile " + safe(plan.settings.profile.name) + "\n";
  if (plan.settings.profile.simulation) text += "SIMULATION: nothing about this machine's hardware is true\n";
  for (const auto& weakening : plan.settings.weakenings) {
    text += "  weaker than built in: " + weakening.id + ": " + safe(weakening.what) + " (from " + safe(weakening.origin) + ")\n";
  }
  for (const auto& stage : plan.stages) text += stage_text(stage, plan.budget);
  if (!plan.is_root) text += "Looked without root: what only root can see is not judged.\n";
  if (!has_pending(plan)) return text + "Nothing to do.\n";
  return text + interruptions_of(plan) + "\n";
}

std::string plan_document(const PlanView& plan) {
  json stages = json::array();
  for (const auto& stage : plan.stages) stages.push_back(stage_json(stage, plan.budget));
  json weakenings = json::array();
  for (const auto& each : plan.settings.weakenings) weakenings.push_back({{"id", each.id}, {"what", each.what}, {"origin", each.origin}});
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
