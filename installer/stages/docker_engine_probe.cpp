#include "installer/stages/docker_engine.hpp"

#include "base/text.hpp"
#include "installer/stages/docker_source.hpp"
#include "installer/stages/download_request.hpp"

namespace cosigner::stages {
namespace {

/// What docker-ce conflicts with (facts/sgx-host 9). Only its presence is told; nothing of it is removed without an answer.
constexpr const char* foreign_engines[] = {"docker.io", "docker-compose", "docker-compose-v2", "docker-doc", "podman-docker", "containerd", "runc"};
constexpr std::size_t settings_limit = 256 * 1024;

bool is_installed(const std::map<std::string, host::Package>& packages, const std::string& name) {
  const auto found = packages.find(name);
  return found != packages.end() && found->second.status == "installed";
}

/// Asking systemd costs a child process (200 ms and more under emulation); the link that "enable" makes answers for it.
Result<host::UnitState> unit_state(const host::HostView& host, bool engine_answers) {
  const auto link = TRY(host.files().stat("/etc/systemd/system/multi-user.target.wants/docker.service"));
  if (engine_answers && link && link->kind == host::FileKind::link) return host::UnitState{true, "active", "enabled", false};
  return TRY(host.services().states({engine_unit}))[engine_unit];
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// With AppArmor on in the kernel the engine starts no container without the parser; the engine's package only recommends it.
Result<bool> lacks_apparmor_parser(const host::HostView& host) {
  const auto enabled = host.files().read("/sys/module/apparmor/parameters/enabled", 16);
  if (!enabled || !enabled->has_value() || trimmed(**enabled) != "Y") return false;
  for (const char* place : {"/usr/sbin/apparmor_parser", "/sbin/apparmor_parser"})
    if (auto found = host.files().stat(place); found && found->has_value()) return false;
  return true;
}

Status look_for_packages(const host::HostView& host, const engine::StageContext& context, EngineFacts& facts) {
  const auto packages = TRY(host.packages().installed());
  for (const char* name : foreign_engines)
    if (is_installed(packages, name)) facts.foreign.emplace_back(name);
  const profile::Settings& settings = context.settings;
  if (settings.answers.docker_install == "distro" && !settings.profile.packages.engine_distro.empty())
    facts.distro_offered = TRY(host.packages().candidate(settings.profile.packages.engine_distro.front())).has_value();
  return {};
}

}  // namespace

Result<EngineFacts> probe_engine(const host::HostView& host, const engine::StageContext& context) {
  EngineFacts facts;
  auto info = host.containers().engine();
  if (info) {
    facts.info = *info;
  } else {
    facts.unusable = std::move(info).error();
    return facts;
  }
  facts.unit = TRY(unit_state(host, facts.info.has_value()));
  facts.has_settings_folder = TRY(host.files().stat(Path(engine_settings_file).parent())).has_value();
  facts.settings = TRY(host.files().read(engine_settings_file, settings_limit));
  const profile::Answers& answers = context.settings.answers;
  if (!answers.proxy_url.empty()) {
    facts.proxy = TRY(host.files().read(engine_proxy_file, settings_limit));
    const bool is_current = facts.proxy && first_line(*facts.proxy) == first_line(engine_proxy_text(answers, Secret()));
    if (!is_current && answers.proxy_password.is_set()) facts.proxy_password = TRY(profile::open_secret(answers.proxy_password, host, context.credentials_directory));
  }
  facts.apt_options = apt_network_options(context.settings);
  facts.lacks_apparmor_parser = TRY(lacks_apparmor_parser(host));
  const bool is_missing = !facts.info && !facts.unit.found;
  if (is_missing) TRY(look_for_packages(host, context, facts));
  facts.source = TRY(plan_docker_source(host, context, is_missing && answers.docker_install == "auto" && (facts.foreign.empty() || answers.docker_replace)));
  return facts;
}

}  // namespace cosigner::stages
