#include "installer/stages/aesm_daemon.hpp"

#include "installer/stages/aesm_talk.hpp"

namespace cosigner::stages {
namespace {

using engine::Disruption;
using engine::Step;
using host::UnitVerb;

Step unit_step(UnitVerb verb, const std::string& id, const std::string& unit, const std::string& why, const std::string& undo, Disruption disruption) {
  return {id, engine::UnitAction{verb, unit}, why, undo, disruption, true, verb == UnitVerb::enable ? "created" : ""};
}

}  // namespace

void look_for_answer(const host::HostView& host, const std::string& socket, AesmDaemonFacts& facts) {
  const auto answer = ask_daemon(host.network(), socket);
  if (!answer) {
    facts.error = answer.error();
    return;
  }
  facts.key_count = answer->key_count;
  facts.offers_ecdsa = answer->offers_ecdsa;
}

Result<AesmDaemonFacts> probe_aesm_daemon(const host::HostView& host, const engine::StageContext& context) {
  AesmDaemonFacts facts;
  const profile::Profile& profile = context.settings.profile;
  const auto states = TRY(host.services().states({profile.aesm_unit}));
  const auto unit = states.find(profile.aesm_unit);
  if (unit != states.end()) facts.unit = unit->second;
  if (!facts.unit.is_active()) return facts;
  look_for_answer(host, profile.aesm_socket, facts);
  return facts;
}

/// Stop, change, start: wherever this is cut off, the next probe sees a stopped daemon and starts it; a restart after the change could be
/// forgotten.
void plan_aesm_daemon(const AesmDaemonFacts& facts, const std::vector<Step>& settings, const engine::StageContext& context, engine::StagePlan& plan) {
  const profile::Profile& profile = context.settings.profile;
  const std::string& unit = profile.aesm_unit;
  if (facts.unit.is_masked()) plan.steps.push_back(unit_step(UnitVerb::unmask, "daemon-unmask", unit, "The daemon is masked and cannot start.", "Mask it again.", Disruption::none));
  const bool is_good = facts.unit.is_active() && facts.offers_ecdsa;
  const bool must_stop = facts.unit.is_active() && (!settings.empty() || !is_good);
  if (must_stop) {
    const std::string why = settings.empty() ? "The daemon runs but does not answer well; it looks at devices and plug-ins only when it starts." : "The daemon reads its settings only when it starts.";
    plan.steps.push_back(unit_step(UnitVerb::stop, "daemon-stop", unit, why, "Nothing to undo.", Disruption::aesm));
  }
  plan.steps.insert(plan.steps.end(), settings.begin(), settings.end());
  if (!facts.unit.is_enabled()) plan.steps.push_back(unit_step(UnitVerb::enable, "daemon-enable", unit, "The daemon must be there after a reboot.", "Disable it.", Disruption::none));
  if (facts.unit.is_active() && !must_stop) return;
  plan.steps.push_back(unit_step(UnitVerb::start, "daemon-start", unit, "Quotes are made through this daemon.", "Stop it.", Disruption::none));
  plan.steps.push_back({"daemon-answer", engine::Custom{"wait-aesm", {{"socket", profile.aesm_socket}}}, "The daemon must offer an ECDSA key.", "Nothing to undo.", Disruption::none, true, ""});
}

}  // namespace cosigner::stages
