#include "installer/checks/cosigner.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "container/reference.hpp"
#include "installer/checks/log_look.hpp"
#include "installer/checks/observing.hpp"
#include "installer/checks/texts.hpp"
#include "installer/checks/units.hpp"
#include "pairing/outcome.hpp"
#include "sgx/device_nodes.hpp"

namespace cosigner::checks {
namespace {

constexpr int log_lines = 500;
constexpr std::chrono::seconds question_limit{5};
constexpr int many_restarts = 3;

Result<std::optional<host::Container>> main_container(const host::HostView& host, const profile::Settings& settings) {
  return host.containers().container(settings.profile.cosigner.container_name);
}

/// The container, or the reason why a look below it cannot look.
template <class Judge>
Observation with_container(const host::HostView& host, const profile::Settings& settings, Judge&& judge) {
  const auto container = main_container(host, settings);
  if (!container) return unknown(container.error().message);
  if (!*container) return not_needed("there is no co-signer's container");
  return judge(**container);
}

/// Digests that this machine may run: answered, accepted, or of the profile.
std::vector<std::string> pinned_digests(const profile::Settings& settings) {
  std::vector<std::string> out = settings.accepted_digests;
  if (!settings.answers.image_digest.empty()) out.push_back(settings.answers.image_digest);
  for (const auto& [revision, digest] : settings.profile.image.digests) {
    if (!digest.empty()) out.push_back(digest);
  }
  return out;
}

Observation misnamed(const std::string& node, const std::string& seen, const std::string& wanted) {
  return failed(node + " is " + safe(seen, 60) + " in the container, whose program looks for " + wanted, remedy("setup"), {"B7"});
}

Observation out_of_group(const std::string& node, const std::string& group) {
  return failed(node + " is of group " + group + " on this machine, which the container's program is not in", remedy("setup"),
                {"D17"});
}

}  // namespace

Observation look_at_container(const host::HostView& host, const profile::Settings& settings) {
  const auto container = main_container(host, settings);
  if (!container) return unknown(container.error().message);
  const std::string& name = settings.profile.cosigner.container_name;
  if (!*container) {
    const bool has_data = is_there(host, Path(settings.profile.cosigner.data_dir) / "db");
    if (has_data) return failed("there is data of a co-signer, but no container " + name, remedy("setup"));
    return not_needed("no co-signer is set up yet; `sudo cosigner setup` does");
  }
  if ((*container)->running) return passed(name + " runs since " + to_people_time((*container)->started));
  return failed(
      name + " is " + safe((*container)->state, 20) + ", its last status was " + std::to_string((*container)->exit_code),
      remedy("cosigner_stopped"));
}

Observation look_at_image(const host::HostView& host, const profile::Settings& settings) {
  return with_container(host, settings, [&](const host::Container& container) {
    const auto pinned = pinned_digests(settings);
    if (pinned.empty()) return unknown("no digest is pinned on this machine, or this user may not read it");
    const auto image = host.containers().image(container.spec.image_id);
    if (!image) return unknown(image.error().message);
    if (!*image) return failed("the image of the running container was removed", remedy("setup"));
    for (const auto& digest : pinned) {
      if (container::has_digest((*image)->repo_digests, digest)) return passed("the pinned image " + digest.substr(0, 19) + "…");
    }
    return failed("the container runs another image than the pinned one: the tag moved, or somebody replaced it",
                  remedy("image_other"), {"G9"});
  });
}

Observation look_at_restarts(const host::HostView& host, const profile::Settings& settings) {
  return with_container(host, settings, [&](const host::Container& container) {
    if (container.state == "restarting")
      return failed("it ends and is started again and again (" + std::to_string(container.restart_count) + " times, status " +
                        std::to_string(container.exit_code) + ")",
                    remedy("cosigner_stopped"));
    if (container.restart_count >= many_restarts)
      return warned("the engine started it again " + counted(container.restart_count, "time"), remedy("cosigner_stopped"));
    return passed("the engine started it again " + counted(container.restart_count, "time"));
  });
}

Observation look_at_restart_policy(const host::HostView& host, const profile::Settings& settings) {
  return with_container(host, settings, [&](const host::Container& container) {
    const std::string& policy = container.spec.restart_policy;
    if (policy == "always" || policy == "unless-stopped") return passed("restart policy " + policy);
    return failed("restart policy " + safe(policy, 20) + ": it is gone after a reboot", remedy("setup"), {"G10"});
  });
}

Observation look_at_container_devices(const host::HostView& host, const profile::Settings& settings) {
  return with_container(host, settings, [&](const host::Container& container) {
    for (const auto& [node, inside] : settings.profile.cosigner.devices) {
      const auto found = std::find_if(container.spec.devices.begin(), container.spec.devices.end(),
                                      [&wanted = node](const auto& device) { return device.source == wanted; });
      if (found == container.spec.devices.end())
        return failed("the container was not given " + node, remedy("setup"), {"D16", "E27", "G2"});
      if (found->target != inside) return misnamed(node, found->target, inside);
      if (host.devices().try_open(Path(node)) == host::OpenResult::absent)
        return failed("the container wants " + node + ", which this machine no longer has: it cannot be started",
                      remedy("sgx_enable"), {"G1"});
    }
    return passed(counted(static_cast<long long>(container.spec.devices.size()), "device"));
  });
}

Observation look_at_container_groups(const host::HostView& host, const profile::Settings& settings) {
  return with_container(host, settings, [&](const host::Container& container) {
    for (const auto& [node, inside] : settings.profile.cosigner.devices) {
      const auto stat = host.files().stat(node);
      if (!stat || !*stat || (*stat)->attributes.owner.gid == 0) continue;
      const std::string group = std::to_string((*stat)->attributes.owner.gid);
      const auto& groups = container.spec.group_ids;
      if (std::find(groups.begin(), groups.end(), group) == groups.end()) return out_of_group(node, group);
    }
    return passed("the container's program is in the devices' groups");
  });
}

Observation look_at_container_dev(const host::HostView& host, const profile::Settings& settings) {
  return with_container(host, settings, [&](const host::Container& container) -> Observation {
    if (!container.running) return not_needed("the container does not run");
    const auto answer =
        host.containers().ask(container.spec.name, {"cat", "/proc/self/mountinfo"}, container.spec.user, question_limit);
    if (!answer || answer->exit_code != 0) return unknown("the container could not be asked for its mounts");
    for (const std::string_view line : lines_of(answer->out.raw())) {
      const auto fields = split(line, ' ');
      if (fields.size() < 6 || fields[4] != "/dev") continue;
      if (fields[5].find("noexec") == std::string_view::npos) return passed("/dev allows to execute in the container");
      return failed("/dev is mounted noexec in the container: enclaves cannot be mapped", remedy("runtime_update"), {"B13"});
    }
    return unknown("the container's answer names no mount of /dev");
  });
}

Observation look_at_init_container(const host::HostView& host, const profile::Settings& settings) {
  const std::string& name = settings.profile.cosigner.init_name;
  const auto container = host.containers().container(name);
  if (!container) return unknown(container.error().message);
  if (!*container) return passed("no " + name + " was left behind");
  if ((*container)->running) return warned(name + " runs: a set-up is under way, or was cut off", remedy("setup"));
  return warned(name + " was left behind by a set-up that did not end", remedy("setup"));
}

Observation look_at_folders(const host::HostView& host, const profile::Settings& settings) {
  const auto& contract = settings.profile.cosigner;
  const auto top = host.files().stat(contract.data_dir);
  if (!top) return unknown(top.error().message);
  if (!*top) return not_needed(contract.data_dir + " is not there yet");
  for (const char* name : {"db", "config", "log", "backup", "enclave"}) {
    const Path folder = Path(contract.data_dir) / name;
    const auto stat = host.files().stat(folder);
    if (!stat) return unknown(stat.error().message);
    if (!*stat) return failed(folder.text() + " is missing", remedy("setup"));
    const auto& seen = **stat;
    if (seen.kind != host::FileKind::directory)
      return failed(folder.text() + " is no folder", remedy("folder_foreign", folder.text()));
    if (seen.attributes.owner != host::Owner{contract.data_uid, contract.data_gid}) {
      return failed(folder.text() + " belongs to " + std::to_string(seen.attributes.owner.uid) + ":" +
                        std::to_string(seen.attributes.owner.gid) + ", not to " + std::to_string(contract.data_uid) + ":" +
                        std::to_string(contract.data_gid),
                    remedy("setup"));
    }
    if ((seen.attributes.mode.bits & 0002) != 0) return failed("every user may write to " + folder.text(), remedy("setup"));
  }
  return passed("five folders, of " + std::to_string(contract.data_uid) + ":" + std::to_string(contract.data_gid));
}

Observation look_at_cosigner_log(const host::HostView& host, const profile::Settings& settings) {
  return with_container(host, settings, [&](const host::Container& container) -> Observation {
    const auto log = host.containers().logs(container.spec.name, log_lines, container.started);
    if (!log) return unknown(log.error().message);
    auto seen = judge_log(*log, "cosigner", "the co-signer's log");
    const auto known = pairing::find_known_line(*log);
    if (known) return warned("its log: " + known->meaning, known->remedy, seen.rows);
    if (!seen.rows.empty()) return seen;
    if (pairing::has_fatal_line(*log))
      return failed("its log has a FATAL line since its start: " + pairing::last_trouble(*log), remedy("cosigner_stopped"));
    return seen;
  });
}

Observation look_at_other_daemons(const host::HostView& host, const profile::Settings& settings) {
  const auto names = host.containers().names();
  if (!names) return unknown(names.error().message);
  const std::string socket = Path(settings.profile.aesm_socket).text(), folder = Path(socket).parent().text();
  const auto unit = unit_of(host, settings, settings.profile.aesm_unit);
  const auto is_place = [](const std::string& source, const std::string& wanted) {
    return source == wanted || source == wanted.substr(std::min<std::size_t>(4, wanted.size()));
  };  // /var/run is /run
  for (const auto& name : *names) {
    const auto container = host.containers().container(name);
    if (!container || !*container) continue;
    const auto& spec = (*container)->spec;
    if (spec.environment.count("SGX_AESM_ADDR") != 0)
      return warned("the container " + safe(name, 40) + " sets SGX_AESM_ADDR",
                    remedy("aesm_address", "the container's variables"), {"D22"});
    for (const auto& mount : spec.mounts) {
      if (is_place(mount.source, socket))
        return failed("the container " + safe(name, 40) +
                          " mounts the daemon's socket alone: it is another one after each restart of the daemon",
                      remedy("aesm_mount"), {"D3"});
      const bool runs_daemon =
          name.find("aesm") != std::string::npos || joined(spec.command, " ").find("aesm_service") != std::string::npos;
      if (is_place(mount.source, folder) && runs_daemon && unit && unit->is_active()) {
        return failed("two daemons share " + folder + ": the unit and the container " + safe(name, 40), remedy("aesm_one"),
                      {"D24"});
      }
    }
  }
  return passed("no container stands in the daemon's way");
}

}  // namespace cosigner::checks
