#include "installer/stages/epid.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "host/unit_names.hpp"

namespace cosigner::stages {
namespace {

using engine::Disruption;
using engine::Step;
using host::UnitVerb;
using report::Outcome;

constexpr const char* title = "Nothing of EPID is left";

bool is_up(const host::UnitState& unit) { return unit.found && !unit.active.empty() && unit.active != "inactive" && unit.active != "failed"; }

const host::UnitState& state_of(const EpidFacts& facts, const std::string& unit) {
  static const host::UnitState absent;
  const auto found = facts.units.find(unit);
  return found == facts.units.end() ? absent : found->second;
}

bool is_pending(const EpidFacts& facts, const profile::Answers& answers) {
  return !answers.legacy_epid && (!facts.removable.empty() || !facts.blobs.empty() || facts.in_settings);
}

/// Units of the answers that are up now.
std::vector<std::string> units_to_stop(const EpidFacts& facts, const profile::Answers& answers) {
  std::vector<std::string> out;
  if (!is_pending(facts, answers)) return out;
  for (const auto& text : answers.stop_units)
    if (const std::string unit = host::unit_name(text); is_up(state_of(facts, unit)) && std::find(out.begin(), out.end(), unit) == out.end()) out.push_back(unit);
  return out;
}

/// What was stopped before, and what is stopped now.
std::vector<std::string> all_stopped(const EpidFacts& facts, const profile::Answers& answers) {
  std::vector<std::string> all = facts.remembered;
  for (const auto& unit : units_to_stop(facts, answers))
    if (std::find(all.begin(), all.end(), unit) == all.end()) all.push_back(unit);
  return all;
}

Step remember(const std::vector<std::string>& units) {
  const bool forgets = units.empty();
  return {forgets ? "epid-units-forget" : "epid-units", engine::Remember{stopped_units_name, joined(units, " ")}, forgets ? "They run again." : "They are started again at the end, wherever this is cut off.",
          "Forgotten with the journal.", Disruption::none, true, ""};
}

Step unit_step(UnitVerb verb, const std::string& id, const std::string& unit, const std::string& why, Disruption disruption) {
  return {id, engine::UnitAction{verb, unit}, why, verb == UnitVerb::stop ? "Start it." : "Stop it.", disruption, true, ""};
}

std::string what_is_left(const EpidFacts& facts) {
  std::vector<std::string> parts = facts.removable;
  for (const auto& blob : facts.blobs) parts.push_back(blob.text());
  if (facts.in_settings) parts.push_back("settings in " + aesmd_conf_path.text());
  return joined(parts, ", ");
}

void judge_units(const EpidFacts& facts, const profile::Answers& answers, engine::StagePlan& plan) {
  if (facts.removable.empty() || answers.legacy_epid || plan.blocked) return;
  if (!answers.stop_units_decided) {
    plan.blocked = make_error("answers.stop_units_undecided", "the packages of EPID are removed from this host, and nobody has said which units use enclaves and must be stopped meanwhile",
                              "Set attestation.stopUnits in the answers to their names, or to [] when there is none.");
    return;
  }
  for (const auto& text : answers.stop_units) {
    if (state_of(facts, host::unit_name(text)).found) continue;
    plan.blocked = make_error("answers.stop_unit_unknown", "attestation.stopUnits names a unit that systemd does not know: " + shown(Untrusted(text)), "Correct the name; `systemctl list-units` shows those that run.");
    return;
  }
}

}  // namespace

void judge_epid(const EpidFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  const profile::Answers& answers = context.settings.answers;
  if (answers.legacy_epid) {
    plan.findings.push_back({"sgx.epid", title, Outcome::warn, "attestation.legacyEpid keeps the EPID stack: its attestation service ended on 2025-04-02, so it can attest to nobody any more",
                             "Take attestation.legacyEpid out of the answers to move to DCAP.", "", "", {"E25"}});
  } else if (is_pending(facts, answers)) {
    plan.findings.push_back({"sgx.epid", title, Outcome::warn, "EPID ended on 2025-04-02, and this is left of it: " + what_is_left(facts) + "; this host moves to DCAP", "", "", "", {"C12"}});
  }
  for (const auto& [package, by] : facts.needed)
    if (!answers.legacy_epid) plan.findings.push_back({"sgx.epid", title, Outcome::warn, package + " stays, because " + by + " needs it", "Remove " + by + " when nothing uses it.", "", "", {"C12"}});
  // Before the first is stopped too: findings are of the run's beginning, and this run may be the one that does not end well.
  if (const auto stopped = all_stopped(facts, answers); !stopped.empty())
    plan.findings.push_back({"sgx.epid_units", "The operator's units run again", Outcome::warn, "stopped for the move to DCAP, and started when the quote provider has answered: " + joined(stopped, " "),
                             "If this run does not end well: `systemctl start " + joined(stopped, " ") + "`.", "", ""});
  if (!plan.blocked && !facts.unoffered.empty())
    plan.blocked = make_error("sgx.epid_gone", "attestation.legacyEpid wants packages that no source offers: " + joined(facts.unoffered, " ") + "; Intel ended EPID on 2025-04-02 and dropped its packages with release 2.28 of 2026-03-03",
                              "Take attestation.legacyEpid out of the answers, or name a source of release 2.27 or older in sgx.repository.mirror.");
  judge_units(facts, answers, plan);
}

void plan_epid_start(const EpidFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  const profile::Answers& answers = context.settings.answers;
  if (!is_pending(facts, answers)) return;
  const auto memory = all_stopped(facts, answers);
  if (memory != facts.remembered) plan.steps.push_back(remember(memory));
  for (const auto& unit : units_to_stop(facts, answers)) plan.steps.push_back(unit_step(UnitVerb::stop, "epid-stop-" + unit, unit, "It uses enclaves, and their service is changed.", Disruption::aesm));
  if (facts.removable.empty()) return;
  const std::string& daemon = context.settings.profile.aesm_unit;
  // Down before its plug-ins go: one that is cut off after this is found stopped, and started.
  if (is_up(facts.daemon)) plan.steps.push_back(unit_step(UnitVerb::stop, "epid-stop-daemon", daemon, "Its plug-ins of EPID are removed.", Disruption::aesm));
  plan.steps.push_back({"epid-packages", engine::RemovePackages{facts.removable}, "EPID ended on 2025-04-02, and releases from 2.28 on cannot be installed beside it.", "They are not installed again.", Disruption::aesm, false, "removed"});
  plan.continues = true;
}

std::vector<Step> plan_epid_blobs(const EpidFacts& facts, const engine::StageContext& context) {
  std::vector<Step> steps;
  if (context.settings.answers.legacy_epid) return steps;
  for (const auto& blob : facts.blobs)
    steps.push_back({"epid-blob-" + blob.name(), engine::RemoveEntry{blob, false}, "What the daemon cached of EPID is of no use any more.", "It is not made again.", Disruption::none, true, "removed"});
  return steps;
}

void plan_epid_end(const EpidFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  const auto units = all_stopped(facts, context.settings.answers);
  for (const auto& unit : units)
    if (state_of(facts, unit).found) plan.steps.push_back(unit_step(UnitVerb::start, "epid-start-" + unit, unit, "It was stopped for the move to DCAP.", Disruption::none));
  if (!units.empty()) plan.steps.push_back(remember({}));
}

}  // namespace cosigner::stages
