#include "installer/stages/docker_engine.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace cosigner::stages {
namespace {

using engine::Disruption;
using engine::StagePlan;
using engine::Step;
using report::Outcome;

constexpr const char* engine_title = "A container engine answers";

void find(StagePlan& plan, const char* id, const char* title, Outcome outcome, std::string evidence, std::string remedy = {}) {
  plan.findings.push_back({id, title, outcome, std::move(evidence), std::move(remedy), {}, {}});
}

Step step_of(const char* id, engine::Payload payload, std::string why, std::string undo, Disruption disruption = Disruption::none) {
  Step step;
  step.id = id;
  step.payload = std::move(payload);
  step.why = std::move(why);
  step.undo = std::move(undo);
  step.disruption = disruption;
  return step;
}

Step unit_step(const char* id, host::UnitVerb verb, std::string why, Disruption disruption = Disruption::none) {
  Step step = step_of(id, engine::UnitAction{verb, verb == host::UnitVerb::daemon_reload ? "" : engine_unit}, std::move(why), "none", disruption);
  step.ownership = "";
  return step;
}

void plan_settings(const EngineFacts& facts, StagePlan& plan) {
  const auto merged = container::merge_daemon_settings(facts.settings);
  if (!merged) {
    plan.blocked = merged.error();
    return;
  }
  for (const std::string& kept : merged->kept) find(plan, "engine.settings", "engine settings", Outcome::warn, "daemon.json keeps its own " + kept, "Check that this is wanted.");
  const bool can_reload = facts.info && facts.unit.is_active();
  if (merged->changed) {
    const host::FileAttributes attributes{{0644}, {}};
    if (!facts.has_settings_folder)
      plan.steps.push_back(step_of("engine-settings-folder", engine::MakeDirectory{Path(engine_settings_file).parent(), {{0755}, {}}}, "the engine reads its settings there", "removed when empty"));
    plan.steps.push_back(step_of("engine-settings", engine::WriteFile{engine_settings_file, merged->text, attributes, "engine settings", true, false},
                                 "sets " + joined(merged->added, ", ") + "; everything else in the file stays", "the previous file is put back"));
  }
  if (can_reload && merged->wants_live_restore && (merged->changed || !facts.info->live_restore))
    plan.steps.push_back(unit_step("engine-reload", host::UnitVerb::reload, "the engine reads its settings again; no container stops"));
}

void plan_proxy(const EngineFacts& facts, const profile::Answers& answers, StagePlan& plan) {
  if (answers.proxy_url.empty()) return;
  const std::string text = engine_proxy_text(answers, facts.proxy_password.value_or(Secret()));
  const bool is_current = facts.proxy && facts.proxy->substr(0, facts.proxy->find('\n')) == text.substr(0, text.find('\n'));
  if (!is_current) {
    const Path file = engine_proxy_file;
    plan.steps.push_back(step_of("engine-proxy-folder", engine::MakeDirectory{file.parent(), {{0755}, {}}}, "systemd reads additions to the unit there", "removed when empty"));
    plan.steps.push_back(step_of("engine-proxy", engine::WriteFile{file, text, {{0600}, {}}, "engine proxy", true, true}, "the engine pulls through " + answers.proxy_url, "the file is removed"));
  }
  if (!facts.info || !facts.unit.found) return;  // an engine that is yet to start reads it then
  if (!is_current || facts.unit.needs_reload) plan.steps.push_back(unit_step("engine-unit-reload", host::UnitVerb::daemon_reload, "systemd reads the unit again"));
  if (!is_current || facts.unit.needs_reload || !engine_uses_proxy(*facts.info, answers))
    plan.steps.push_back(unit_step("engine-restart", host::UnitVerb::restart, "a proxy is read only when the engine starts", Disruption::docker));
}

void plan_start(const EngineFacts& facts, StagePlan& plan) {
  if (facts.unit.is_masked()) {
    plan.blocked = make_error("engine.unit_masked", std::string(engine_unit) + " is masked, so the engine cannot start", "Run `systemctl unmask docker.service`.");
    return;
  }
  if (!facts.unit.is_enabled()) plan.steps.push_back(unit_step("engine-enable", host::UnitVerb::enable, "the engine starts with the machine"));
  if (facts.info) return;
  if (facts.unit.is_active()) {
    plan.blocked = make_error("engine.unreachable", std::string(engine_unit) + " runs, but nothing answers on the profile's socket", "Look into `journalctl -u docker`.");
    return;
  }
  plan.steps.push_back(unit_step("engine-start", host::UnitVerb::start, "no engine answers"));
}

void plan_packages(const EngineFacts& facts, const std::vector<std::string>& names, StagePlan& plan) {
  Step step = step_of("engine-packages", engine::InstallPackages{{names, false, false, facts.apt_options}}, "no container engine is here", "the packages are removed", Disruption::docker);
  step.interruptible = false;
  plan.steps.push_back(std::move(step));
}

void plan_apparmor(const EngineFacts& facts, StagePlan& plan) {
  if (!facts.lacks_apparmor_parser) return;
  Step step = step_of("engine-apparmor", engine::InstallPackages{{{"apparmor"}, false, false, facts.apt_options}},
                      "the kernel enforces AppArmor, and without its parser the engine starts no container", "the package is removed");
  step.interruptible = false;
  plan.steps.push_back(std::move(step));
}

void plan_install(const EngineFacts& facts, const profile::Settings& settings, StagePlan& plan) {
  const std::string& mode = settings.answers.docker_install;
  if (mode == "none") {
    plan.blocked = make_error("engine.missing", "no container engine answers and docker.install is \"none\"", "Install a container engine (API 1.41 or newer) or set docker.install to \"auto\".");
    return;
  }
  if (mode == "distro") {
    if (!facts.distro_offered)
      plan.steps.push_back(step_of("engine-lists", engine::RefreshLists{{}, facts.apt_options}, "apt's lists offer no engine yet", "none"));
    return plan_packages(facts, settings.profile.packages.engine_distro, plan);
  }
  if (!facts.foreign.empty() && !settings.answers.docker_replace) {
    plan.blocked = make_error("engine.foreign_packages", "packages of another engine are installed: " + joined(facts.foreign, " "),
                              "Set docker.install to \"distro\" to use them, or docker.replace to true to have them removed.");
    return;
  }
  if (!facts.foreign.empty())
    plan.steps.push_back(step_of("engine-foreign", engine::RemovePackages{facts.foreign}, "they conflict with docker-ce, and docker.replace is set", "they are not installed again", Disruption::docker));
  plan_packages(facts, settings.profile.packages.engine, plan);
}

void plan_all(const EngineFacts& facts, const profile::Settings& settings, StagePlan& plan) {
  if (facts.unusable) {
    plan.blocked = facts.unusable;
    return;
  }
  if (facts.info) {
    find(plan, "engine.answers", engine_title, Outcome::pass, "Docker Engine " + facts.info->version + " answers, API " + facts.info->api_version);
    if (is_insecure_registry(*facts.info, settings.profile.image.registry)) {
      plan.blocked = registry_insecure(settings.profile.image.registry);
      return;
    }
  }
  if (facts.info && !facts.unit.found) {
    find(plan, "engine.settings", "engine settings", Outcome::skip, "the engine is no docker.service of systemd; its settings are left alone");
    return;
  }
  if (facts.source) {
    plan.findings.insert(plan.findings.end(), facts.source->findings.begin(), facts.source->findings.end());
    plan.blocked = facts.source->blocked;
  }
  if (!plan.blocked) plan_settings(facts, plan);
  if (plan.blocked) return;
  if (facts.source) plan.steps.insert(plan.steps.end(), facts.source->steps.begin(), facts.source->steps.end());
  plan_proxy(facts, settings.answers, plan);
  plan_apparmor(facts, plan);
  if (facts.info || facts.unit.found) return plan_start(facts, plan);
  plan_install(facts, settings, plan);
}

/// An engine that the next steps bring is a thing to do; one that cannot be had is a failure.
report::Finding silent(const EngineFacts& facts, const profile::Settings& settings, bool comes) {
  const std::string evidence = "no container engine answers on " + settings.profile.engine_socket;
  if (!comes) return {"engine.answers", engine_title, Outcome::fail, evidence, {}, {}, {}};
  return {"engine.answers", engine_title, Outcome::skip, evidence + " yet", {}, {}, facts.unit.found ? "it will be started" : "it will be installed"};
}

}  // namespace

std::string engine_proxy_text(const profile::Answers& answers, const Secret& password) {
  std::vector<std::string> direct = answers.no_proxy;
  direct.insert(direct.end(), {"localhost", "127.0.0.1"});
  std::string text = "# Written by cosigner: proxy " + answers.proxy_url + ", user " + (answers.proxy_username.empty() ? "none" : answers.proxy_username) +
                     ", direct " + joined(direct, ",") + "\n[Service]\n";
  const Secret proxy = profile::proxy_with_login(answers, password);
  std::string url;
  for (const char c : proxy.reveal("the engine's proxy file")) url += c == '%' ? "%%" : std::string(1, c);  // systemd expands % in a unit
  for (const char* name : {"HTTP_PROXY", "HTTPS_PROXY"}) text += std::string("Environment=\"") + name + "=" + url + "\"\n";
  wipe_text(url);
  return text + "Environment=\"NO_PROXY=" + joined(direct, ",") + "\"\n";
}

bool is_insecure_registry(const host::EngineInfo& info, const std::string& registry) {
  const std::string host = registry.substr(0, registry.find(':'));
  return std::any_of(info.insecure_registries.begin(), info.insecure_registries.end(),
                     [&](const std::string& each) { return each == registry || each == host || each == "0.0.0.0/0" || each == "::/0"; });
}

Error registry_insecure(const std::string& registry) {
  return make_error("engine.registry_insecure", "the engine is set to talk to " + registry + " without verified TLS",
                    "Remove it from insecure-registries in /etc/docker/daemon.json and reload docker.");
}

bool engine_uses_proxy(const host::EngineInfo& info, const profile::Answers& answers) {
  const auto bare = [](const std::string& url) {
    const std::size_t start = url.find("://") == std::string::npos ? 0 : url.find("://") + 3;
    const std::size_t user = url.find('@', start);
    std::string rest = url.substr(user == std::string::npos ? start : user + 1);
    while (!rest.empty() && rest.back() == '/') rest.pop_back();
    return rest;
  };
  return bare(info.https_proxy) == bare(answers.proxy_url);
}

void plan_engine(const EngineFacts& facts, const profile::Settings& settings, StagePlan& plan) {
  plan_all(facts, settings, plan);
  if (!facts.unusable && !facts.info) plan.findings.insert(plan.findings.begin(), silent(facts, settings, !plan.blocked));
}

}  // namespace cosigner::stages
