#include "installer/stages/host_upkeep.hpp"

#include <algorithm>

#include "apt/apt_settings.hpp"
#include "base/text.hpp"
#include "installer/stages/download_request.hpp"

namespace cosigner::stages {
namespace {

using engine::Disruption;
using engine::Step;
using host::UnitVerb;
using report::Outcome;

constexpr const char* adopted_unit = "clock.unit";
constexpr const char* waited_in = "clock.waited";                // a boot
constexpr const char* microcode_missed = "microcode.not_offered";  // in that boot; apt is not asked again before the next
constexpr const char* wait_step = "wait-clock";
constexpr std::size_t conf_limit = 64 * 1024;

constexpr const char* upgrades_text =
    "// Written by cosigner setup (host.securityUpdates). What may be installed by itself stands in 50unattended-upgrades: by its maker's\n"
    "// default security updates of this system, and no reboot.\n"
    "APT::Periodic::Update-Package-Lists \"1\";\n"
    "APT::Periodic::Unattended-Upgrade \"1\";\n";

bool is_good(const host::ClockSync& sync) { return sync.synchronised && sync.max_error <= largest_clock_error; }

Result<OfferedPackage> look_for(const host::HostView& host, const std::vector<std::string>& names, bool ask_apt) {
  OfferedPackage out;
  if (names.empty()) return out;
  out.name = names.front();
  const auto installed = TRY(host.packages().installed());
  const auto found = installed.find(out.name);
  out.is_installed = found != installed.end() && found->second.status != "config-files" && found->second.status != "not-installed";
  if (out.is_installed || !ask_apt) return out;
  out.was_looked_for = true;
  out.is_offered = TRY(host.packages().candidate(out.name)).has_value();
  return out;
}

Status probe_time(const host::HostView& host, const engine::StageContext& context, UpkeepFacts& facts) {
  const auto& profile = context.settings.profile;
  facts.sync = host.clock().sync();
  facts.was_waited_for = context.ledger.value(waited_in) == facts.boot_id;
  facts.is_clock_adopted = is_good(facts.sync) && !context.ledger.value(adopted_unit).empty();
  if (facts.is_clock_adopted || context.settings.answers.time_sync != "auto" || profile.time_units.empty()) return {};
  facts.time_units = TRY(host.services().states(profile.time_units));
  const bool is_there = std::any_of(facts.time_units.begin(), facts.time_units.end(), [](const auto& unit) { return unit.second.found && !unit.second.is_masked(); });
  if (!is_there && !facts.sync.synchronised) facts.time_package = TRY(look_for(host, profile.packages.time_service, true));
  return {};
}

report::Finding finding(const char* id, const char* title, Outcome outcome, std::string evidence, std::string remedy = {}) {
  return {id, title, outcome, std::move(evidence), std::move(remedy), {}, {}};
}

/// Lists first where apt offers nothing: an image of a cloud has none.
void plan_package(const OfferedPackage& package, const std::string& id, const char* why, const engine::StageContext& context, engine::StagePlan& plan) {
  const host::AptOptions options = apt_network_options(context.settings);
  if (!package.is_offered && std::none_of(plan.steps.begin(), plan.steps.end(), [](const Step& step) { return step.id == "upkeep-lists"; }))
    plan.steps.push_back({"upkeep-lists", engine::RefreshLists{{}, options}, "apt knows of no such package yet.", "Nothing to undo.", Disruption::none, true, ""});
  host::InstallRequest request;
  request.names = {package.name};
  request.options = options;
  plan.steps.push_back({id, engine::InstallPackages{request}, why, "Remove the package when it was not here before.", Disruption::none, false, "created"});
  plan.continues = true;
}

/// The service that keeps the clock, or should: an active one first, then one that is enabled, then any.
const std::string* chosen_unit(const UpkeepFacts& facts, const std::vector<std::string>& order) {
  const auto first = [&](auto&& is_wanted) -> const std::string* {
    const auto found = std::find_if(order.begin(), order.end(), [&](const std::string& unit) {
      const auto state = facts.time_units.find(unit);
      return state != facts.time_units.end() && state->second.found && !state->second.is_masked() && is_wanted(state->second);
    });
    return found == order.end() ? nullptr : &*found;
  };
  if (const auto* unit = first([](const host::UnitState& state) { return state.is_active(); })) return unit;
  if (const auto* unit = first([](const host::UnitState& state) { return state.is_enabled(); })) return unit;
  return first([](const host::UnitState&) { return true; });
}

Step unit_step(UnitVerb verb, const char* id, const std::string& unit, const char* why, const char* undo) {
  return {id, engine::UnitAction{verb, unit}, why, undo, Disruption::none, true, verb == UnitVerb::enable ? "created" : ""};
}

void plan_time(const UpkeepFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  if (facts.time_units.empty()) return;
  const std::string* unit = chosen_unit(facts, context.settings.profile.time_units);
  if (unit == nullptr) {
    if (facts.sync.synchronised) return;  // something else keeps it, and that is enough
    if (facts.time_package && !facts.time_package->is_installed) return plan_package(*facts.time_package, "time-service", "Nothing keeps the clock right; certificates and attestation are judged by it.", context, plan);
    plan.findings.push_back(finding("clock.synchronised", "The clock is kept right", Outcome::warn, "no time service that is known here can be started", "Unmask the time service of this machine, or install chrony."));
    return;
  }
  const host::UnitState& state = facts.time_units.at(*unit);
  if (!state.is_enabled()) plan.steps.push_back(unit_step(UnitVerb::enable, "time-enable", *unit, "The clock must be kept right after a reboot too.", "Disable it."));
  if (!state.is_active()) plan.steps.push_back(unit_step(UnitVerb::start, "time-start", *unit, "Certificates and attestation are judged by the clock.", "Stop it."));
  // Not only while the clock is right: it may be set right later in this very run, and the next run must have nothing to do.
  if (context.ledger.value(adopted_unit) != *unit)
    plan.steps.push_back({"time-adopted", engine::Remember{adopted_unit, *unit}, "This service keeps the clock; later runs ask only whether it is right.", "Forgotten with the journal.", Disruption::none, true, ""});
  const bool waits = !facts.sync.synchronised && !facts.was_waited_for;
  if (waits)
    plan.steps.push_back({"time-wait", engine::Custom{wait_step, {{"subject", *unit}}}, "What follows is judged by the clock, so it waits for the service, two minutes at most.", "Nothing to undo.", Disruption::none, true, ""});
}

void plan_updates(const UpkeepFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  if (!facts.updates_package) return;
  if (!facts.updates_package->is_installed && !facts.updates_package->name.empty())
    plan_package(*facts.updates_package, "security-updates", "A machine that signs for money should not wait for somebody to install security updates.", context, plan);
  if (switches_updates_on(facts.upgrades)) return;
  plan.steps.push_back({"security-updates-on", engine::WriteFile{upgrades_path, upgrades_text, {{0644}, {}}, "file", true, false}, "Lists are fetched and security updates installed every day.", "Put the previous file back.", Disruption::none, true, "created"});
}

void plan_microcode(const UpkeepFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  constexpr const char* title = "Intel's microcode comes with the system's updates";
  if (!facts.microcode || facts.microcode->is_installed || facts.microcode->name.empty()) return;
  if (facts.microcode->is_offered) {
    plan_package(*facts.microcode, "microcode", "Microcode closes holes of the processor, at the next start of the machine.", context, plan);
    plan.findings.push_back(finding("firmware.microcode_package", title, Outcome::warn, facts.microcode->name + " takes effect at the next start; for some issues (INTEL-SA-00738) only the firmware raises the level that attestation sees",
                                    "Reboot in a maintenance window, and update the machine's firmware when a quote is judged OutOfDate."));
    return;
  }
  plan.findings.push_back(finding("firmware.microcode_package", title, Outcome::warn, "no package source of this machine offers " + facts.microcode->name,
                                  "Add non-free-firmware (Debian) or restricted (Ubuntu) to the system's package sources, or keep the firmware up to date."));
  if (facts.microcode->was_looked_for)
    plan.steps.push_back({"microcode-missed", engine::Remember{microcode_missed, facts.boot_id}, "apt is not asked again before the next start of the machine.", "Forgotten with the journal.", Disruption::none, true, ""});
}

class WithHostUpkeep : public engine::Stage {
 public:
  explicit WithHostUpkeep(std::unique_ptr<engine::Stage> inner) : inner_(std::move(inner)) {}

  std::string id() const override { return inner_->id(); }
  std::string title() const override { return inner_->title(); }

  Result<engine::StagePlan> look(const host::HostView& host, const engine::StageContext& context) const override {
    engine::StagePlan plan = TRY(inner_->look(host, context));
    const bool is_clock_wrong = plan.blocked && plan.blocked->code == "hardware.clock_wrong";
    if (plan.blocked && !is_clock_wrong) return plan;
    const UpkeepFacts facts = TRY(probe_host_upkeep(host, context));
    if (!is_clock_wrong) {
      plan_host_upkeep(facts, context, plan);
      return plan;
    }
    // A wrong clock is a reason to stop only where nothing here can set it.
    plan_time(facts, context, plan);
    if (plan.steps.empty()) return plan;
    plan.blocked.reset();
    plan.continues = true;
    return plan;
  }

  Result<engine::Remembered> apply(const engine::Custom& step, host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress) const override {
    if (step.name != wait_step) return inner_->apply(step, host, context, progress);
    TRY(wait_for_clock(host, progress));
    return engine::Remembered{{waited_in, host.clock().boot_id()}};
  }

 private:
  std::unique_ptr<engine::Stage> inner_;
};

}  // namespace

bool switches_updates_on(const std::string& apt_conf) {
  bool lists = false, upgrades = false;
  for (const auto& setting : apt::parse_apt_conf(apt_conf)) {
    const auto days = parse_number(setting.value);
    const bool is_on = (days && *days > 0) || setting.value == "always";
    if (setting.name == "apt::periodic::update-package-lists") lists = is_on;
    if (setting.name == "apt::periodic::unattended-upgrade") upgrades = is_on;
  }
  return lists && upgrades;
}

Result<UpkeepFacts> probe_host_upkeep(const host::HostView& host, const engine::StageContext& context) {
  UpkeepFacts facts;
  facts.boot_id = host.clock().boot_id();
  TRY(probe_time(host, context, facts));
  if (context.settings.answers.security_updates) {
    facts.updates_package = TRY(look_for(host, context.settings.profile.packages.security_updates, true));
    const auto stat = TRY(host.files().stat(upgrades_path));
    if (stat && stat->kind == host::FileKind::regular && stat->size <= conf_limit) facts.upgrades = TRY(host.files().read(upgrades_path, conf_limit)).value_or(std::string());
  }
  facts.machine = probe_machine_kind(host, context.settings);
  if (facts.machine.is_bare_metal()) {
    const bool was_asked = context.ledger.value(microcode_missed) == facts.boot_id;
    facts.microcode = TRY(look_for(host, context.settings.profile.packages.microcode, !was_asked));
  }
  return facts;
}

void plan_host_upkeep(const UpkeepFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  plan_time(facts, context, plan);
  plan_updates(facts, context, plan);
  plan_microcode(facts, context, plan);
}

std::unique_ptr<engine::Stage> with_host_upkeep(std::unique_ptr<engine::Stage> inner) { return std::make_unique<WithHostUpkeep>(std::move(inner)); }

}  // namespace cosigner::stages
