#include "installer/stages/host_upkeep.hpp"

#include <algorithm>

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
constexpr const char* lists_fetched = "upkeep.lists";              // a boot, and the error's code when it failed
constexpr const char* wait_step = "wait-clock";
constexpr const char* clock_title = "A time service keeps the clock";
constexpr const char* fetch_step = "apt-get update";

bool is_coming(const std::optional<OfferedPackage>& package) { return package && package->is_offered; }

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

/// A package that is wanted, and what is said where it cannot be had.
struct Wish {
  const char* step;
  const char* why;
  const char* finding;
  const char* title;
  const char* remedy;
};

std::string why_not_had(const OfferedPackage& package, const UpkeepFacts& facts) {
  if (facts.lists_error.empty()) return "no package source of this machine offers " + package.name;
  return "apt offers no " + package.name + ", and could not fetch its lists (" + facts.lists_error + ")";
}

/// Lists first where apt offers nothing (an image of a cloud has none), once in a boot; what is not offered then is told, and nothing waits
/// for it.
void plan_package(const OfferedPackage& package, const Wish& wish, const UpkeepFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  if (package.is_offered && facts.interrupted) {
    plan.continues = true;
    if (std::any_of(plan.steps.begin(), plan.steps.end(), [](const Step& step) { return step.id == "finish"; })) return;
    plan.steps.push_back({"finish", engine::FinishPackages{}, "An earlier package run was cut off, and apt installs nothing before.", "Nothing to undo.", Disruption::none, false, ""});
    return;
  }
  if (package.is_offered) {
    host::InstallRequest request;
    request.names = {package.name};
    request.options = apt_network_options(context.settings);
    plan.steps.push_back({wish.step, engine::InstallPackages{request}, wish.why, "Remove the package when it was not here before.", Disruption::none, false, "created"});
    plan.continues = true;
    return;
  }
  if (facts.was_fetched || !package.was_looked_for) {
    plan.findings.push_back(finding(wish.finding, wish.title, Outcome::warn, why_not_had(package, facts), facts.lists_error.empty() ? wish.remedy : "Run `apt-get update`, mend what it says, and run `cosigner setup` again."));
    return;
  }
  report::Finding later = finding(wish.finding, wish.title, Outcome::unknown, "");
  later.because = "apt knows of no " + package.name + " yet; its lists are fetched first";
  plan.findings.push_back(std::move(later));
  plan.continues = true;
  if (std::any_of(plan.steps.begin(), plan.steps.end(), [](const Step& step) { return step.id == "upkeep-lists"; })) return;
  plan.steps.push_back({"upkeep-lists", engine::Custom{fetch_step, {{"subject", "of all sources"}}}, "apt knows of no such package yet.", "Nothing to undo.", Disruption::none, true, ""});
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
    constexpr Wish wish{"time-service", "Nothing keeps the clock right; certificates and attestation are judged by it.", "clock.service", clock_title,
                        "Give this machine a time service by hand (chrony or systemd-timesyncd), or a package source that has one."};
    if (facts.time_package && !facts.time_package->name.empty() && !facts.time_package->is_installed) return plan_package(*facts.time_package, wish, facts, context, plan);
    plan.findings.push_back(finding("clock.service", clock_title, Outcome::warn, "no time service that is known here can be started", "Unmask the time service of this machine, or install chrony."));
    return;
  }
  const host::UnitState& state = facts.time_units.at(*unit);
  if (facts.sync.synchronised && !state.is_active() && context.ledger.value(adopted_unit) != *unit) {
    // Two services that set one clock fight over it, and one that is stopped may be stopped on purpose.
    plan.findings.push_back(finding("clock.service", clock_title, Outcome::pass, "something keeps it that is none of the services known here; " + *unit + " is left as it is"));
    return;
  }
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
  constexpr Wish wish{"security-updates", "A machine that signs for money should not wait for somebody to install security updates.", "host.security_updates", "Security updates are installed by themselves",
                      "Give this machine a package source that has it, or take host.securityUpdates out of the answers."};
  if (!facts.updates_package->is_installed && !facts.updates_package->name.empty()) plan_package(*facts.updates_package, wish, facts, context, plan);
  plan_security_updates(facts.updates, plan);
}

void plan_microcode(const UpkeepFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  constexpr Wish wish{"microcode", "Microcode closes holes of the processor, at the next start of the machine.", "firmware.microcode_package", "Intel's microcode comes with the system's updates",
                      "Add non-free-firmware (Debian) or restricted (Ubuntu) to the system's package sources, or keep the firmware up to date."};
  if (!facts.microcode || facts.microcode->is_installed || facts.microcode->name.empty()) return;
  plan_package(*facts.microcode, wish, facts, context, plan);
  if (facts.microcode->is_offered)
    plan.findings.push_back(finding(wish.finding, wish.title, Outcome::warn, facts.microcode->name + " takes effect at the next start; for some issues (INTEL-SA-00738) only the firmware raises the level that attestation sees",
                                    "Reboot in a maintenance window, and update the machine's firmware when a quote is judged OutOfDate."));
  else if (facts.microcode->was_looked_for && facts.was_fetched && facts.lists_error.empty())
    plan.steps.push_back({"microcode-missed", engine::Remember{microcode_missed, facts.boot_id}, "apt is not asked again before the next start of the machine.", "Forgotten with the journal.", Disruption::none, true, ""});
}

/// What cannot be fetched ends nothing: the next look tells what cannot be had for it.
Result<engine::Remembered> fetch_lists(host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress) {
  const Status done = host.change_packages().update({}, TRY(apt_options_with_login(host, context)), progress);
  if (!done && (done.error().code == "run.cancelled" || done.error().code == "packages.lock_held")) return done.error();
  return engine::Remembered{{lists_fetched, host.clock().boot_id() + (done ? "" : " " + done.error().code)}};
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
    if (step.name == fetch_step) return fetch_lists(host, context, progress);
    if (step.name != wait_step) return inner_->apply(step, host, context, progress);
    TRY(wait_for_clock(host, progress));
    return engine::Remembered{{waited_in, host.clock().boot_id()}};
  }

 private:
  std::unique_ptr<engine::Stage> inner_;
};

}  // namespace

Result<UpkeepFacts> probe_host_upkeep(const host::HostView& host, const engine::StageContext& context) {
  UpkeepFacts facts;
  facts.boot_id = host.clock().boot_id();
  const std::string fetched = context.ledger.value(lists_fetched);
  facts.was_fetched = !facts.boot_id.empty() && fetched.rfind(facts.boot_id, 0) == 0;
  if (facts.was_fetched && fetched.size() > facts.boot_id.size()) facts.lists_error = fetched.substr(facts.boot_id.size() + 1);
  TRY(probe_time(host, context, facts));
  if (context.settings.answers.security_updates) {
    facts.updates_package = TRY(look_for(host, context.settings.profile.packages.security_updates, true));
    facts.updates = TRY(probe_security_updates(host));
  }
  facts.machine = probe_machine_kind(host, context.settings);
  if (facts.machine.is_bare_metal()) {
    const bool was_asked = context.ledger.value(microcode_missed) == facts.boot_id;
    facts.microcode = TRY(look_for(host, context.settings.profile.packages.microcode, !was_asked));
  }
  if (is_coming(facts.time_package) || is_coming(facts.updates_package) || is_coming(facts.microcode)) facts.interrupted = TRY(host.packages().interrupted());
  return facts;
}

void plan_host_upkeep(const UpkeepFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  plan_time(facts, context, plan);
  plan_updates(facts, context, plan);
  plan_microcode(facts, context, plan);
}

std::unique_ptr<engine::Stage> with_host_upkeep(std::unique_ptr<engine::Stage> inner) { return std::make_unique<WithHostUpkeep>(std::move(inner)); }

}  // namespace cosigner::stages
