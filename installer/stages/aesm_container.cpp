#include "installer/stages/aesm_container.hpp"

#include "base/text.hpp"
#include "installer/stages/cosigner_container.hpp"

namespace cosigner::stages {
namespace {

using engine::Disruption;
using engine::Step;
using host::UnitVerb;
using report::Outcome;

constexpr std::chrono::seconds stop_grace{10};
constexpr const char* rule_start = "# Written by cosigner";

std::string real_folder(const profile::Profile& profile) {
  const std::string folder = Path(profile.aesm_socket).parent().text();
  return folder.rfind("/var/run/", 0) == 0 ? folder.substr(4) : folder;
}

std::string folder_rule(const profile::Profile& profile) {
  return std::string(rule_start) + ": the socket of the SGX service daemon's container lies here, and /run is empty after a boot.\nd " + real_folder(profile) + " 0755 root root -\n";
}

std::string guard_text() {
  return std::string(rule_start) + ": while the SGX service daemon runs as a container, nothing starts this unit.\n[Unit]\nConditionPathExists=!" + aesm_folder_rule_path.text() + "\n";
}

bool is_of_ours(const std::optional<std::string>& text) { return text && text->rfind(rule_start, 0) == 0; }

Step container_step(const char* what, const std::string& name, const std::string& image, const std::string& why) {
  // The name is the ledger's kind: this is how uninstall knows whose container it is.
  const std::map<std::string, std::string> arguments = {{"subject", name}, {"do", what}, {"image", image}};
  return {std::string("aesm-") + what, engine::Custom{"container", arguments}, why, "Stop and remove the container.", Disruption::none, true, std::string(what) == "create" ? "created" : ""};
}

Step removal(const std::string& id, const std::string& name, const std::string& why) {
  return {id, engine::RemoveContainer{name}, why, "A new one takes its place when it is wanted.", Disruption::aesm, true, "removed"};
}

/// Also of a unit that fails and is tried again every few seconds, or that a package brought back.
void plan_unit_away(const host::UnitState& unit, const std::string& name, std::vector<Step>& steps) {
  if (!unit.found) return;
  const bool is_down = unit.active.empty() || unit.active == "inactive" || unit.active == "failed";
  if (!is_down) steps.push_back({"daemon-stop", engine::UnitAction{UnitVerb::stop, name}, "Two daemons on one socket fight; the container's is wanted.", "Start it.", Disruption::aesm, true, ""});
  if (unit.enabled == "enabled" || unit.enabled == "enabled-runtime")
    steps.push_back({"daemon-disable", engine::UnitAction{UnitVerb::disable, name}, "After a boot only the container's daemon may start.", "Enable it.", Disruption::none, true, "removed"});
}

void plan_folder(const AesmContainerFacts& facts, const profile::Profile& profile, std::vector<Step>& steps) {
  const std::string rule = folder_rule(profile);
  if (facts.folder_rule != rule) {
    if (!facts.has_rule_folder)
      steps.push_back({"aesm-rule-folder", engine::MakeDirectory{aesm_folder_rule_path.parent(), {{0755}, {}}}, "systemd reads there what has to be made at boot.", "Removed when empty.", Disruption::none, true, "created"});
    steps.push_back({"aesm-folder-rule", engine::WriteFile{aesm_folder_rule_path, rule, {{0644}, {}}, "file", true, false}, "The container starts only when the folder that it maps is there, after each boot too.", "Remove it.",
                     Disruption::none, true, "created"});
  }
  if (!facts.has_folder)
    steps.push_back({"aesm-folder", engine::MakeDirectory{real_folder(profile), {{0755}, {}}}, "The daemon's socket lies here.", "Removed when empty.", Disruption::none, true, "created"});
}

Step reload() {
  return {"aesm-guard-read", engine::UnitAction{UnitVerb::daemon_reload, ""}, "systemd reads the unit again.", "Nothing to undo.", Disruption::none, true, ""};
}

/// Comes after the rule that it goes by. Also where no such unit is: a package may bring it any day.
void plan_guard(const AesmContainerFacts& facts, std::vector<Step>& steps) {
  const std::string text = guard_text();
  const bool is_right = facts.guard == text;
  if (!is_right) {
    steps.push_back({"aesm-guard-folder", engine::MakeDirectory{aesm_guard_path.parent(), {{0755}, {}}}, "systemd reads additions to the unit there.", "Removed when empty.", Disruption::none, true, "created"});
    steps.push_back({"aesm-guard", engine::WriteFile{aesm_guard_path, text, {{0644}, {}}, "unit", true, false}, "A package that comes or is upgraded starts its daemon, which would fight with the container's.", "Remove it.",
                     Disruption::none, true, "created"});
  }
  const bool is_stale = facts.daemon.unit.found && (!is_right || facts.daemon.unit.needs_reload);
  if (is_stale) steps.push_back(reload());
}

/// Remove, write, create, start: wherever this is cut off, the next look sees no container, one that does not run, or one that has read
/// other settings than there are.
void plan_container(const AesmContainerFacts& facts, const std::vector<Step>& settings, const profile::Profile& profile, std::vector<Step>& steps) {
  const std::string& name = profile.aesm_container.name;
  const std::string& image = facts.image.here->id;
  const bool replaces = facts.ours && (!settings.empty() || !facts.differences.empty() || facts.ours->state == "dead");
  if (replaces)
    steps.push_back(removal("aesm-remove", name, facts.differences.empty() ? "The daemon reads its settings only when it starts." : "The container differs in: " + joined(facts.differences, ", ") + "."));
  steps.insert(steps.end(), settings.begin(), settings.end());
  const bool is_absent = !facts.ours || replaces;
  const bool runs = !is_absent && facts.ours->running;
  if (runs && facts.daemon.offers_ecdsa) return;
  if (is_absent) steps.push_back(container_step("create", name, image, "There is no container of the SGX service daemon."));
  if (runs) {
    steps.push_back(container_step("stop", name, image, "The daemon runs but does not answer well; it looks at devices only when it starts."));
    steps.back().disruption = Disruption::aesm;
  }
  steps.push_back(container_step("start", name, image, "Quotes are made through this daemon."));
  steps.push_back({"daemon-answer", engine::Custom{"wait-aesm", {{"socket", profile.aesm_socket}}}, "The daemon must offer an ECDSA key.", "Nothing to undo.", Disruption::none, true, ""});
}

Status check_pin(const engine::StageContext& context, const std::string& image) {
  if (context.ledger.value("aesm.image.id") == image) return {};
  return make_error("image.not_pinned", "the image " + image + " is not the pinned one of the SGX service daemon", "Run the command again.");
}

Result<engine::Remembered> pin(host::Host& host, const engine::StageContext& context) {
  const AesmContainerFacts facts = TRY(probe_aesm_container(host, context));  // between plan and step another image could have taken the name (threats R1)
  if (!facts.image.here) return make_error("engine.image_not_found", "the image went away before it could be pinned", "Run the command again.");
  return pinned_image_values(facts.image);
}

Status create(host::Host& host, const engine::StageContext& context, const std::string& image) {
  TRY(check_pin(context, image));
  const host::ContainerSpec spec = TRY(aesm_container_spec(host, context.settings, image));
  const auto there = TRY(host.containers().container(spec.name));
  if (!there) {
    TRY(host.change_containers().create(spec));
    return {};
  }
  const auto other = differences(spec, there->spec);
  if (other.empty()) return {};
  return make_error("engine.container_differs", "the container " + spec.name + " was made by somebody else: it differs in " + joined(other, ", "), "Find out who made it, then run the command again.");
}

/// Why one daemon alone cannot be had.
std::optional<Error> hindrance(const AesmContainerFacts& facts, const profile::Settings& settings) {
  if (!facts.rivals.empty()) {
    const std::string& name = facts.rivals.front();
    return make_error("sgx.aesm_twice", "the container " + name + ", which is not ours, serves or would serve the SGX service daemon's socket: two daemons on one socket fight",
                      "Remove it with `docker rm --force " + name + "`, then run the command again.");
  }
  if (facts.namesake) {
    return make_error("sgx.aesm_twice", "the container " + *facts.namesake + ", which is not ours, has the name that the SGX service daemon's container is to get",
                      "Rename it with `docker rename " + *facts.namesake + " NAME`, or remove it, then run the command again.");
  }
  if (facts.hidden.empty() || is_container_wanted(settings)) return std::nullopt;
  return make_error("engine.unreachable", "the SGX service daemon is to be the package's, but our container " + facts.hidden.front() + " comes back when the engine starts, and without the engine it cannot be removed",
                    "Start the engine with `systemctl start docker`, then run the command again.");
}

}  // namespace

void judge_aesm_container(const AesmContainerFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  if (facts.unseen)
    plan.findings.push_back({"sgx.aesm_twice", "There is one SGX service daemon", Outcome::unknown, "the containers of this machine could not be looked at", "", "", facts.unseen->message});
  if (is_container_wanted(context.settings))
    plan.findings.push_back({"sgx.packages", "The SGX packages are here", Outcome::skip, "none is needed: the daemon runs as a container, and what is installed stays", "", "", "sgx.aesm is \"container\""});
  for (const auto& name : facts.sharers)
    plan.findings.push_back({"sgx.aesm_twice", "There is one SGX service daemon", Outcome::warn, "the container " + name + " maps the folder of the daemon's socket and may write there; it is taken for a client",
                             "If it is a daemon, remove it: `docker rm --force " + name + "`.", "", ""});
  if (plan.blocked) return;
  plan.blocked = hindrance(facts, context.settings);
  if (!plan.blocked) return;
  plan.findings.push_back({"sgx.aesm_twice", "There is one SGX service daemon", Outcome::fail, plan.blocked->message, plan.blocked->remedy, "", ""});
}

void plan_no_container(const AesmContainerFacts& facts, engine::StagePlan& plan) {
  std::vector<std::string> names = facts.strays;
  if (facts.ours) names.push_back(facts.ours->spec.name);
  for (const auto& name : names) plan.steps.push_back(removal("aesm-remove-" + name, name, "The daemon of the package is wanted, and two on one socket fight."));
  if (is_of_ours(facts.folder_rule))
    plan.steps.push_back({"aesm-folder-rule", engine::RemoveEntry{aesm_folder_rule_path, false}, "The package's unit makes the socket's folder by itself.", "Nothing to undo.", Disruption::none, true, "removed"});
  if (!is_of_ours(facts.guard)) return;
  plan.steps.push_back({"aesm-guard", engine::RemoveEntry{aesm_guard_path, false}, "The package's unit is wanted, and may start again.", "Nothing to undo.", Disruption::none, true, "removed"});
  plan.steps.push_back(reload());
}

void plan_aesm_container(const AesmContainerFacts& facts, const std::vector<Step>& settings, const engine::StageContext& context, engine::StagePlan& plan) {
  const profile::Profile& profile = context.settings.profile;
  plan_engine(facts.engine, context.settings, plan);
  if (plan.blocked) return;
  if (!facts.engine.info) {
    plan.continues = true;
    return;
  }
  plan_pinned_image(facts.image, context, *facts.engine.info, plan);
  if (plan.blocked || !facts.image.here) return;
  for (const auto& name : facts.strays) plan.steps.push_back(removal("aesm-remove-" + name, name, "The daemon's container has another name now."));
  plan_unit_away(facts.daemon.unit, profile.aesm_unit, plan.steps);
  plan_folder(facts, profile, plan.steps);
  plan_guard(facts, plan.steps);
  plan_container(facts, settings, profile, plan.steps);
}

Result<engine::Remembered> apply_aesm_container(const engine::Custom& step, host::Host& host, const engine::StageContext& context) {
  if (step.name == "image pin") return pin(host, context);
  const std::string& name = context.settings.profile.aesm_container.name;
  const std::string what = step.arguments.at("do");
  if (what == "create") TRY(create(host, context, step.arguments.at("image")));
  if (what == "start") TRY(host.change_containers().start(name));
  if (what == "stop") TRY(host.change_containers().stop(name, stop_grace));
  return engine::Remembered{};
}

}  // namespace cosigner::stages
