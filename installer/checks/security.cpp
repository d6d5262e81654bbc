#include "installer/checks/security.hpp"

#include <algorithm>

#include "apt/source_file.hpp"
#include "apt/version_order.hpp"
#include "base/text.hpp"
#include "installer/checks/cpu_info.hpp"
#include "installer/checks/matching.hpp"
#include "installer/checks/observing.hpp"
#include "installer/checks/system.hpp"
#include "installer/checks/tcp_table.hpp"
#include "installer/checks/texts.hpp"
#include "installer/checks/units.hpp"

namespace cosigner::checks {
namespace {

constexpr unsigned engine_ports[] = {2375, 2376};
constexpr unsigned ssh_port = 22;
constexpr std::chrono::hours oldest_program{24 * 180};
constexpr std::string_view kernel_file = "vmlinuz-";
constexpr const char* instance_data[] = {"/var/lib/cloud/instance/user-data.txt", "/var/lib/cloud/instance/user-data.txt.i",
                                         "/run/cloud-init/instance-data-sensitive.json", "/run/cloud-init/instance-data.json"};

std::vector<Listener> all_listeners(const host::HostView& host) {
  return listeners_in(text_of(host, "/proc/net/tcp", 8u * 1024 * 1024) + text_of(host, "/proc/net/tcp6", 8u * 1024 * 1024));
}

bool can_see_listeners(const host::HostView& host) { return is_there(host, "/proc/net/tcp"); }

/// "PermitRootLogin" as the last word on it says, by files in the order sshd reads them: the first value counts.
std::string root_login_of(const host::HostView& host) {
  std::vector<Path> paths;
  const Path folder = "/etc/ssh/sshd_config.d";
  if (const auto names = host.files().list(folder)) {
    for (const auto& name : *names) paths.push_back(folder / name);
  }
  paths.emplace_back("/etc/ssh/sshd_config");
  for (const auto& path : paths) {
    const std::string text = text_of(host, path, 1024 * 1024);
    for (std::string_view line : lines_of(text)) {
      line = trimmed(line);
      const std::size_t blank = line.find_first_of(" \t");
      if (blank == std::string_view::npos || lower(line.substr(0, blank)) != "permitrootlogin") continue;
      return lower(trimmed(line.substr(blank)));
    }
  }
  return "prohibit-password";  // sshd's own default
}

/// "6.1.0-18-cloud-amd64": what comes after the numbers, for a kernel of another kind is no update of this one.
std::string_view kind_of_kernel(std::string_view release) {
  std::size_t start = release.size();
  for (std::size_t dash = release.rfind('-'); dash != std::string_view::npos && dash + 1 < release.size();) {
    if (release[dash + 1] >= '0' && release[dash + 1] <= '9') break;
    start = dash;
    dash = dash == 0 ? std::string_view::npos : release.rfind('-', dash - 1);
  }
  return release.substr(start);
}

bool is_newer_kernel(std::string_view installed, std::string_view running) {
  return !running.empty() && kind_of_kernel(installed) == kind_of_kernel(running) &&
         apt::compare_versions(installed, running) > 0;
}

}  // namespace

Observation look_at_engine_group(const host::HostView& host, const profile::Settings&) {
  const auto group = host.accounts().group("docker");
  if (!group) return unknown(group.error().message);
  if (!*group || (*group)->members.empty()) return passed("nobody is in the group docker");
  return warned("in the group docker, and so root over the signer: " + safe(joined((*group)->members, ", "), 120),
                remedy("engine_group", safe((*group)->members.front(), 32)));
}

Observation look_at_engine_ports(const host::HostView& host, const profile::Settings&) {
  if (!can_see_listeners(host)) return unknown("/proc/net/tcp cannot be read");
  for (const Listener& listener : all_listeners(host)) {
    const bool is_engine = std::find(std::begin(engine_ports), std::end(engine_ports), listener.port) != std::end(engine_ports);
    if (is_engine)
      return failed(
          "something listens on port " + std::to_string(listener.port) + ", the engine's: whoever reaches it is root here",
          remedy("engine_port"));
  }
  return passed("the engine listens on no network port");
}

Observation look_at_socket_mode(const host::HostView& host, const profile::Settings& settings) {
  const auto stat = host.files().stat(settings.profile.engine_socket);
  if (!stat) return unknown(stat.error().message);
  if (!*stat) return not_needed("there is no engine's socket");
  const auto& attributes = (*stat)->attributes;
  if ((attributes.mode.bits & 0006) != 0)
    return failed("every user may use " + settings.profile.engine_socket + ", and so is root", remedy("engine_socket_mode"));
  if (attributes.owner.uid != 0)
    return failed(settings.profile.engine_socket + " belongs to user " + std::to_string(attributes.owner.uid),
                  remedy("engine_socket_mode"));
  return passed("root and one group may use the engine's socket");
}

Observation look_at_other_containers(const host::HostView& host, const profile::Settings& settings) {
  const auto names = host.containers().names();
  if (!names) return unknown(names.error().message);
  const auto& contract = settings.profile.cosigner;
  for (const auto& name : *names) {
    if (name == contract.container_name || name == contract.init_name) continue;
    const auto container = host.containers().container(name);
    if (!container || !*container) continue;
    for (const auto& mount : (*container)->spec.mounts) {
      const Path source(mount.source);
      if (source == Path("/") || mount.source.find("docker.sock") != std::string::npos)
        return failed("the container " + safe(name, 40) + " is given " + safe(mount.source, 60) + ": it is root over the signer",
                      remedy("other_container", safe(name, 40)));
      if (source.is_within(contract.data_dir) || Path(contract.data_dir).is_within(source))
        return failed("the container " + safe(name, 40) + " sees the co-signer's data",
                      remedy("other_container", safe(name, 40)));
    }
    for (const auto& device : (*container)->spec.devices) {
      if (device.source.find("provision") != std::string::npos)
        return warned("the container " + safe(name, 40) + " may use the provisioning device, and so quote for this platform",
                      remedy("other_container", safe(name, 40)));
    }
  }
  return passed("no other container reaches the signer");
}

Observation look_at_service_uid(const host::HostView& host, const profile::Settings& settings) {
  const std::uint32_t uid = settings.profile.cosigner.data_uid;
  const auto user = host.accounts().user_by_id(uid);
  if (!user) return unknown(user.error().message);
  if (*user)
    return failed(
        "user id " + std::to_string(uid) + ", which the co-signer's files belong to, is " + safe((*user)->name, 32) + " here",
        remedy("uid_taken", safe((*user)->name, 32)));
  const std::string ranges = text_of(host, "/etc/subuid");
  for (const std::string_view line : lines_of(ranges)) {
    const auto fields = split(line, ':');
    if (fields.size() != 3) continue;
    const auto first = parse_number(fields[1]), count = parse_number(fields[2]);
    if (first && count && uid >= *first && uid - *first < *count)
      return failed("user id " + std::to_string(uid) + " lies in the range of " + safe(fields[0], 32) + " in /etc/subuid",
                    remedy("uid_taken", safe(fields[0], 32)));
  }
  return passed("user id " + std::to_string(uid) + " is nobody's");
}

Observation look_at_listeners(const host::HostView& host, const profile::Settings&) {
  if (!can_see_listeners(host)) return unknown("/proc/net/tcp cannot be read");
  std::vector<std::string> open;
  for (const Listener& listener : all_listeners(host)) {
    if (!listener.is_local && listener.port != ssh_port) open.push_back(std::to_string(listener.port));
  }
  if (open.empty()) return passed("nothing but SSH can be reached from outside");
  return warned("reachable from outside unless a firewall is in front: port " + joined(open, ", ") + "; the co-signer needs none",
                remedy("ports_close"));
}

Observation look_at_root_login(const host::HostView& host, const profile::Settings& settings) {
  if (const auto blind = hidden(host, "/etc/ssh/sshd_config")) return *blind;
  if (!is_there(host, "/etc/ssh/sshd_config")) return passed("no SSH server is set up");
  const auto config = host.files().read("/etc/ssh/sshd_config", 1024 * 1024);
  if (!config) return unknown("this user may not read the SSH server's settings");
  const std::string value = root_login_of(host);
  static_cast<void>(settings);
  if (value == "no" || value == "prohibit-password" || value == "without-password" || value == "forced-commands-only")
    return passed("root may not log in with a password (" + safe(value, 30) + ")");
  return warned("root may log in over SSH with a password", remedy("root_login"));
}

Observation look_at_callback_place(const host::HostView& host, const profile::Settings& settings) {
  if (!settings.answers.callback || settings.answers.callback->url.empty())
    return not_needed("no callback handler is named here");
  if (const auto blind = unreadable(host, "/etc/hostname")) return *blind;
  const std::string name = apt::host_of(settings.answers.callback->url);
  const std::string own(trimmed(text_of(host, "/etc/hostname", 256)));
  const bool is_here = name == "localhost" || name.rfind("127.", 0) == 0 || (!own.empty() && name == own);
  if (is_here)
    return warned("the callback handler runs on the co-signer's own machine: whoever has one has both",
                  remedy("callback_elsewhere"));
  return passed("the callback handler is another machine");
}

Observation look_at_user_data(const host::HostView& host, const profile::Settings&) {
  bool could_not_read = false;
  for (const char* path : instance_data) {
    const auto text = host.files().read(path, 4 * 1024 * 1024);
    if (!text)
      could_not_read = true;
    else if (*text && has_token_shape(**text))
      return failed(std::string(path) + " holds a value of a token's shape: every program on this machine can read user-data",
                    remedy("user_data_token"));
  }
  if (could_not_read) return unknown("only root may read the cached user-data");
  return passed("no token in the cached user-data");
}

Observation look_at_program_age(const host::HostView& host, const profile::Settings&) {
  const auto age = host.clock().now() - source_date;
  if (age <= oldest_program) return passed("this program is of " + to_date(source_date));
  return warned("this program is of " + to_date(source_date) + ": what it links is no longer kept safe by the system's updates",
                remedy("program_update"));
}

Observation look_at_updates(const host::HostView& host, const profile::Settings& settings) {
  const auto packages = host.packages().installed();
  if (!packages) return unknown(packages.error().message);
  const auto found = packages->find("unattended-upgrades");
  if (found == packages->end() || found->second.status != "installed")
    return warned("security updates are not installed by themselves", remedy("updates_on"));
  const auto unit = unit_of(host, settings, "unattended-upgrades.service");
  if (unit && unit->found && !unit->is_enabled())
    return warned("unattended-upgrades is installed but not enabled", remedy("updates_on"));
  return passed("unattended-upgrades is installed");
}

/// What asked for a reboot, and a kernel that was installed after the running one was started.
Observation look_at_pending_reboot(const host::HostView& host, const profile::Settings&) {
  for (const char* path : {"/run/reboot-required", "/var/run/reboot-required"}) {
    if (const auto blind = hidden(host, path)) return *blind;
    if (is_there(host, path)) return warned("an installed update waits for a reboot", remedy("reboot"));
  }
  const std::string running = kernel_release(host);
  const auto names = host.files().list("/boot");
  if (!names) return unknown(names.error().message);
  for (const auto& name : *names) {
    if (name.rfind(kernel_file, 0) != 0 || !is_newer_kernel(name.substr(kernel_file.size()), running)) continue;
    return warned("Linux " + safe(running, 64) + " runs, " + safe(name.substr(kernel_file.size()), 64) + " is installed",
                  remedy("reboot"));
  }
  return passed("no update waits for a reboot");
}

}  // namespace cosigner::checks
