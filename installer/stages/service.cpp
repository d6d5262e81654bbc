#include "installer/stages/service.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "installer/stages/attestation.hpp"
#include "installer/stages/callback_wish.hpp"
#include "installer/stages/cosigner_container.hpp"

namespace cosigner::stages {
namespace {

using engine::Disruption;
using engine::Step;

Step simple_step(std::string id, engine::Payload payload, std::string why, std::string undo) {
  Step step;
  step.id = std::move(id);
  step.payload = std::move(payload);
  step.why = std::move(why);
  step.undo = std::move(undo);
  return step;
}

void plan_units(const ServiceFacts& facts, std::vector<Step>& steps) {
  bool reload = !facts.timer_loaded;
  for (const CheckUnit& unit : facts.units) {
    if (unit.right) continue;
    reload = true;
    engine::WriteFile file{unit.path, unit.wanted, {{0644}, {}}, "unit", true, false};
    steps.push_back(simple_step(unit.name, std::move(file), "after a boot somebody has to say whether the co-signer is well", "disable and remove it"));
  }
  if (reload) {
    steps.push_back(simple_step("units-reload", engine::UnitAction{host::UnitVerb::daemon_reload, ""}, "systemd has to read the check units", "none"));
    steps.back().ownership.clear();
  }
  if (!facts.timer_enabled) {
    steps.push_back(simple_step("check-enable", engine::UnitAction{host::UnitVerb::enable, "cosigner-check.timer"}, "the check has to run after each boot", "disable it"));
  }
}

using profile::RunWish;

constexpr std::chrono::seconds stop_grace{10};  // as the original's

bool wants_start(const profile::Settings& settings) { return settings.answers.start || settings.run_wish == RunWish::running; }

bool is_to_be_replaced(const ServiceFacts& facts, const profile::Settings& settings) {
  const auto& container = facts.health.container;
  return container && !settings.replaced_container.empty() && container->id == settings.replaced_container;
}

Step container_step(const char* what, const std::string& image, const std::string& why) {
  // The name is the ledger's kind: this is how uninstall knows whose container it is.
  return simple_step(what, engine::Custom{"container", {{"subject", "cosigner"}, {"do", what}, {"image", image}}}, why, "stop and remove the container; its data stays");
}

/// Ended in order and removed; a container that only lay there would come back with the engine (its restart policy is "always").
void plan_removal(const host::Container& container, const std::string& id, const std::string& why, std::vector<Step>& steps) {
  const auto disruption = container.running ? Disruption::container : Disruption::none;
  if (container.running) {
    steps.push_back(container_step("stop", container.spec.image_id, why));
    steps.back().undo = "start it again";
    steps.back().disruption = disruption;
    steps.back().ownership.clear();
  }
  Step step = simple_step(id, engine::RemoveContainer{container.spec.name}, why, "a new one takes its place when it is wanted");
  step.disruption = disruption;
  step.ownership = "removed";
  steps.push_back(std::move(step));
}

void plan_wish(const char* id, const std::string& value, const char* why, std::vector<Step>& steps) {
  steps.push_back(simple_step(id, engine::Remember{stopped_at_name, value}, why, "the other of `start` and `stop`"));
  steps.back().ownership.clear();
}

/// The wish comes first: whoever is cut off after it is not undone by the next run.
void plan_stopped(const ServiceFacts& facts, Time now, engine::StagePlan& plan) {
  const bool is_new = facts.stopped_at.empty();
  plan.findings.push_back({"service.healthy", "the co-signer is up and in contact with the gateway", report::Outcome::warn,
                           is_new ? "the co-signer is to be stopped" : "the co-signer was stopped by `cosigner stop` at " + facts.stopped_at + ", and is left so",
                           "Run `cosigner start` when it is wanted again.", {}, {}});
  if (is_new) plan_wish("stay-stopped", to_iso(now), "it is not to be started again by a reboot or a later run", plan.steps);
  if (facts.health.container) plan_removal(*facts.health.container, "remove", "the co-signer was asked to stop", plan.steps);
}

void plan_container(const ServiceFacts& facts, const profile::Settings& settings, const Health& health, std::vector<Step>& steps) {
  const std::string& image = facts.verdict->image_id;
  const profile::CosignerContract& contract = settings.profile.cosigner;
  if (!facts.network) steps.push_back(simple_step("network", engine::CreateNetwork{contract.network}, "the container has a network of its own, with no published port", "remove it when nothing uses it"));
  const bool exists = facts.health.container.has_value();
  const bool running = exists && facts.health.container->running;
  const bool asked = is_to_be_replaced(facts, settings);
  const bool replace = exists && (asked || !facts.differences.empty() || facts.health.container->state == "dead");
  if (replace) {
    const std::string why = facts.differences.empty() && asked ? "a restart was asked for" : "the container differs in: " + joined(facts.differences, ", ");
    plan_removal(*facts.health.container, "remove-old", why, steps);
  }
  const bool absent = !exists || replace;
  if (wants_start(settings) || (running && replace)) {
    if (absent || health.state == HealthState::stopped) {
      steps.push_back(container_step("start", image, absent ? "there is no container of the co-signer" : "the co-signer does not run"));
      if (replace && running) steps.back().disruption = Disruption::container;
    } else if (health.state == HealthState::settling) {
      steps.push_back(container_step("watch", image, "the co-signer was started a moment ago; whether it is healthy is not known yet"));
      steps.back().ownership.clear();
    }
  } else if (absent) {
    steps.push_back(container_step("create", image, "the answers want it made but not started"));
  }
}

Error not_in_place() {
  return make_error("callback.not_in_place", "the co-signer is not started: it does not have the callback handler that the answers want", "Run `cosigner setup`: its stage `callback` sets the handler first.");
}

Error verdict_missing() {
  return make_error("attest.verdict_missing", "the co-signer is not started: nobody has vouched for its enclave on this machine", "Run `cosigner setup`: its stage `attestation` comes first.");
}

class ServiceStage : public engine::Stage {
 public:
  std::string id() const override { return "service"; }
  std::string title() const override { return "Running co-signer"; }

  Result<engine::StagePlan> look(const host::HostView& host, const engine::StageContext& context) const override {
    return plan_service(TRY(probe_service(host, context)), context.settings, host.clock().now());
  }

  Result<engine::Remembered> apply(const engine::Custom& step, host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress) const override {
    if (step.name != "container") return Stage::apply(step, host, context, progress);
    const std::string what = step.arguments.at("do");
    if (what == "stop") {
      TRY(host.change_containers().stop(context.settings.profile.cosigner.container_name, stop_grace));
      return engine::Remembered{};
    }
    const auto verdict = remembered_verdict(context.ledger);
    if (!verdict) return verdict_missing();
    if (what != "watch") TRY(check_image(host, context, *verdict));
    const host::ContainerSpec spec = TRY(main_spec(host, context.settings, verdict->image_id));
    if (what == "start") {
      if (!is_callback_in_place(probe_callback_wish(host, context.settings), context.ledger)) return not_in_place();
      TRY(start_cosigner(host, *verdict, spec));
    }
    if (what == "create") {
      if (!TRY(host.containers().container(spec.name))) TRY(host.change_containers().create(spec));
      return engine::Remembered{};
    }
    TRY(await_health(host, context, progress));
    return engine::Remembered{};
  }
};

}  // namespace

Status check_verdict(const attest::Verdict& verdict, const std::string& image_id, Time now) {
  if (verdict.image_id != image_id) {
    return make_error("attest.verdict_other_image", "the kept verdict is about the image " + verdict.image_id + ", not about " + image_id, "Run `cosigner setup`: its stage `attestation` judges the image again.");
  }
  if (verdict.valid_until && now > *verdict.valid_until) {
    return make_error("attest.verdict_ended", "the kept verdict ended at " + to_people_time(*verdict.valid_until), "Run `cosigner setup`: its stage `attestation` renews the evidence.");
  }
  return {};
}

Status start_cosigner(host::Host& host, const attest::Verdict& verdict, const host::ContainerSpec& spec) {
  TRY(check_verdict(verdict, spec.image_id, host.clock().now()));
  const auto there = TRY(host.containers().container(spec.name));
  const auto other = there ? differences(spec, there->spec) : std::vector<std::string>();
  if (!other.empty()) {
    return make_error("engine.container_differs", "the container " + spec.name + " was replaced before it could be started: it differs in " + joined(other, ", "),
                      "Find out who made it, then run the command again.");
  }
  if (!there) TRY(host.change_containers().create(spec));
  return host.change_containers().start(spec.name);
}

engine::StagePlan plan_service(const ServiceFacts& facts, const profile::Settings& settings, Time now) {
  engine::StagePlan plan;
  if (!facts.paired) {
    plan.findings.push_back({"service.healthy", "the co-signer is up and in contact with the gateway", report::Outcome::skip, "nobody is paired yet", {}, {}, "there is nothing to run"});
    return plan;
  }
  if (settings.run_wish != RunWish::stopped) plan_units(facts, plan.steps);
  if (facts.wanted_stopped) {
    plan_stopped(facts, now, plan);
    return plan;
  }
  const Health health = judge_health(facts.health, now);
  plan.findings = health.findings;
  if (!facts.verdict) {
    plan.blocked = verdict_missing();
    return plan;
  }
  if (!facts.callback_in_place) {
    plan.blocked = not_in_place();
    return plan;
  }
  if (facts.image_trouble) {
    plan.blocked = facts.image_trouble;
    return plan;
  }
  if (!facts.stopped_at.empty()) plan_wish("run-again", "", "it is wanted running again", plan.steps);
  // A sick container that is not the wanted one is replaced; a sick one that is the wanted one is for a human.
  if (health.error && facts.differences.empty() && wants_start(settings) && !is_to_be_replaced(facts, settings)) {
    if (plan.steps.empty()) plan.blocked = health.error;
    return plan;
  }
  plan_container(facts, settings, health, plan.steps);
  return plan;
}

std::unique_ptr<engine::Stage> make_service_stage() { return std::make_unique<ServiceStage>(); }

}  // namespace cosigner::stages
