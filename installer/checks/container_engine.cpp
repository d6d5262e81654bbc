#include "installer/checks/container_engine.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "container/daemon_settings.hpp"
#include "installer/checks/observing.hpp"
#include "installer/checks/texts.hpp"
#include "installer/checks/units.hpp"

namespace cosigner::checks {
namespace {

constexpr const char* settings_file = "/etc/docker/daemon.json";
constexpr std::uint64_t large_log = 2'000'000'000;

bool has_engine_package(const host::HostView& host) {
  const auto packages = host.packages().installed();
  if (!packages) return false;
  return std::any_of(packages->begin(), packages->end(), [](const auto& each) {
    return each.second.status == "installed" &&
           (each.first == "docker-ce" || each.first == "docker.io" || each.first == "moby-engine");
  });
}

Result<std::optional<std::string>> settings_text(const host::HostView& host) {
  return host.files().read(settings_file, 1024 * 1024);
}

bool is_added(const container::MergedSettings& merged, const char* key) {
  return std::find(merged.added.begin(), merged.added.end(), key) != merged.added.end();
}

}  // namespace

Observation look_at_engine(const host::HostView& host, const profile::Settings& settings) {
  const auto info = host.containers().engine();
  if (info && *info) return passed("engine " + safe((*info)->version, 40) + ", API " + safe((*info)->api_version, 10));
  if (!info && info.error().code == "host.permission_denied") return unknown("this user may not speak to the engine", {});
  const auto stat = host.files().stat(settings.profile.engine_socket);
  const bool has_socket = stat && *stat;
  if (!has_engine_package(host) && !has_socket)
    return not_needed("no container engine is installed yet; `sudo cosigner setup` brings it");
  const auto text = settings_text(host);
  if (text && *text) {
    const auto merged = container::merge_daemon_settings(*text);
    if (!merged) return failed("no engine answers: " + merged.error().message, remedy("daemon_json"), {"G7"});
  }
  if (!info) return unknown(info.error().message);
  return failed("no engine answers on " + settings.profile.engine_socket, remedy("engine_start"));
}

Observation look_at_engine_enabled(const host::HostView& host, const profile::Settings& settings) {
  const auto unit = unit_of(host, settings, engine_unit);
  if (!unit) return unknown(unit.error().message);
  if (!unit->found)
    return warned("there is no unit docker.service: who starts the engine after a reboot?", remedy("engine_enable"), {"G10"});
  if (unit->is_enabled()) return passed("docker.service starts with the machine");
  return failed("docker.service is " + safe(unit->enabled, 20) + ": the co-signer is gone after a reboot",
                remedy("engine_enable"), {"G10"});
}

Observation look_at_engine_packages(const host::HostView& host, const profile::Settings&) {
  const auto packages = host.packages().installed();
  if (!packages) return unknown(packages.error().message);
  const auto has = [&](const char* name) {
    const auto found = packages->find(name);
    return found != packages->end() && found->second.status == "installed";
  };
  if (!has("docker-ce")) return passed("no packages that stand against each other");
  for (const char* other : {"docker.io", "containerd", "runc", "podman-docker"}) {
    if (has(other))
      return failed("docker-ce is installed beside " + std::string(other) + ", which it replaces",
                    remedy("engine_conflict", other), {"G4"});
  }
  return passed("docker-ce alone");
}

Observation look_at_engine_settings(const host::HostView& host, const profile::Settings&) {
  const auto text = settings_text(host);
  if (!text) return unknown(text.error().message);
  if (!*text) return passed("there is no " + std::string(settings_file));
  const auto merged = container::merge_daemon_settings(*text);
  if (!merged) return failed(merged.error().message, remedy("daemon_json"), {"G7"});
  return passed(std::string(settings_file) + " can be read");
}

Observation look_at_engine_live_restore(const host::HostView& host, const profile::Settings&) {
  const auto info = host.containers().engine();
  if (!info || !*info) return unknown("the engine cannot be asked");
  if ((*info)->live_restore) return passed("containers go on while the engine restarts");
  return warned("a restart of the engine stops the co-signer", remedy("setup"));
}

Observation look_at_engine_logs(const host::HostView& host, const profile::Settings& settings) {
  const auto info = host.containers().engine();
  const auto container = host.containers().container(settings.profile.cosigner.container_name);
  if (info && *info && container && *container) {
    const auto stat =
        host.files().stat(Path((*info)->root_dir) / "containers" / (*container)->id / ((*container)->id + "-json.log"));
    if (stat && *stat && (*stat)->size > large_log)
      return failed("the co-signer's container log has " + to_people_size((*stat)->size), remedy("engine_log_limits"), {"G8"});
  }
  const auto text = settings_text(host);
  if (!text) return unknown(text.error().message);
  const auto merged = container::merge_daemon_settings(*text);
  if (!merged) return unknown(merged.error().message);
  const bool has_own_limit = container && *container && (*container)->spec.log_options.count("max-size") != 0;
  if (has_own_limit) return passed("the co-signer's container log has a limit");
  if (is_added(*merged, "log-opts")) return warned("container logs have no limit", remedy("engine_log_limits"), {"G8"});
  return passed("container logs are bounded, or go elsewhere");
}

Observation look_at_engine_storage(const host::HostView& host, const profile::Settings& settings) {
  const auto info = host.containers().engine();
  if (!info || !*info) return unknown("the engine cannot be asked");
  const std::string driver = safe((*info)->storage_driver, 40);
  if (driver == "vfs" || driver == "devicemapper" || driver == "aufs")
    return warned("the storage driver is " + driver, remedy("engine_storage"));
  const std::string folder = (*info)->root_dir.empty() ? "/var/lib/docker" : (*info)->root_dir;
  const auto free = host.files().free_space(folder);
  if (!free) return unknown(free.error().message);
  const std::string evidence = driver + ", " + to_people_size(*free) + " free below " + safe(folder, 80);
  if (*free < settings.profile.hardware.min_disk / 4) return warned(evidence, remedy("free_space", safe(folder, 80)));
  return passed(evidence);
}

/// A registry without TLS, or a mirror, may hand out another image for our name (threats L7).
Observation look_at_engine_registries(const host::HostView& host, const profile::Settings& settings) {
  const auto info = host.containers().engine();
  if (!info || !*info) return unknown("the engine cannot be asked");
  const std::string& ours = settings.profile.image.registry;
  for (const auto& name : (*info)->insecure_registries) {
    if (name == ours || name.rfind(ours + ":", 0) == 0 || name == "0.0.0.0/0" || name == "::/0")
      return failed("the engine accepts " + safe(name, 80) + " without TLS", remedy("engine_insecure", safe(name, 80)));
  }
  for (const auto& mirror : (*info)->mirrors) {
    if (mirror.find(ours) != std::string::npos)
      return failed("the engine asks the mirror " + safe(mirror, 80) + " in the place of " + ours,
                    remedy("engine_mirror", safe(mirror, 80)));
  }
  if (!(*info)->insecure_registries.empty())
    return warned("the engine speaks without TLS to " + safe(joined((*info)->insecure_registries, ", "), 120),
                  remedy("engine_insecure", safe((*info)->insecure_registries.front(), 80)));
  return passed((*info)->mirrors.empty() ? "no mirror, no registry without TLS" : "mirrors are for Docker Hub only");
}

Observation look_at_engine_proxy(const host::HostView& host, const profile::Settings& settings) {
  const auto info = host.containers().engine();
  if (!info || !*info) return unknown("the engine cannot be asked");
  const bool has_proxy = !(*info)->https_proxy.empty();
  if (settings.answers.proxy_url.empty()) return passed(has_proxy ? "the engine uses a proxy of its own" : "no proxy is wanted");
  if (has_proxy) return passed("the engine uses a proxy");
  return failed("a proxy is wanted, but the engine has none: it pulls the direct way, whatever the shell does", remedy("setup"),
                {"G6"});
}

}  // namespace cosigner::checks
