// The engine's part of the stage `image`: adopted when it answers, installed when not, kept enabled, its settings merged.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "container/daemon_settings.hpp"
#include "engine/stage.hpp"

namespace cosigner::stages {

inline constexpr const char* engine_unit = "docker.service";
inline constexpr const char* engine_settings_file = "/etc/docker/daemon.json";
inline constexpr const char* engine_proxy_file = "/etc/systemd/system/docker.service.d/cosigner-proxy.conf";

struct EngineFacts {
  std::optional<host::EngineInfo> info;  // nothing: no engine answers
  std::optional<Error> unusable;         // one is there, but cannot be used (too old, no right)
  host::UnitState unit;
  bool has_settings_folder = false;
  std::optional<std::string> settings;   // the text of its settings file
  std::optional<std::string> proxy;      // the text of our drop-in
  std::optional<Secret> proxy_password;  // opened only when the drop-in must be written
  std::optional<engine::StagePlan> source;  // what Docker's package source needs, when it is wanted or ours
  host::AptOptions apt_options;
  bool lacks_apparmor_parser = false;  // the kernel enforces AppArmor, and the engine has no parser to load its profile with

  // Only looked at when no engine answers and no unit could start one:
  std::vector<std::string> foreign;      // installed packages that docker-ce would replace
  bool distro_offered = false;           // the OS archive's package lists offer an engine
};

Result<EngineFacts> probe_engine(const host::HostView& host, const engine::StageContext& context);

/// Adds findings and steps; sets `blocked` where nothing can be done. Pure.
void plan_engine(const EngineFacts& facts, const profile::Settings& settings, engine::StagePlan& plan);

/// A registry that the engine talks to without verified TLS must not be ours (threats L7): `engine.registry_insecure`.
bool is_insecure_registry(const host::EngineInfo& info, const std::string& registry);
Error registry_insecure(const std::string& registry);

/// The drop-in's text; its first line names everything but the password, so that a probe needs no secret.
std::string engine_proxy_text(const profile::Answers& answers, const Secret& password);

/// Our part of the step list is about the running engine: its proxy as the drop-in wants it to be seen (without login).
bool engine_uses_proxy(const host::EngineInfo& info, const profile::Answers& answers);

}  // namespace cosigner::stages
