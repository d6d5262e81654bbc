#include "kit/model.hpp"

#include "base/crypto.hpp"
#include "base/text.hpp"

namespace cosigner::kit {
namespace {

/// Records of when and how, which two histories with the same end need not share.
bool is_record(const std::string& path) {
  for (const char* one :
       {"/var/lib/cosigner/journal.jsonl", "/var/lib/cosigner/last-run.json", "/run/cosigner/lock", "/run/cosigner/status.json"})
    if (path == one) return true;
  return path.compare(0, 18, "/var/log/cosigner/") == 0;
}

std::string text_of(const Entry& entry) {
  std::string text = std::to_string(static_cast<int>(entry.kind)) + " " + std::to_string(entry.attributes.mode.bits) + " " +
                     std::to_string(entry.attributes.owner.uid) + ":" + std::to_string(entry.attributes.owner.gid);
  if (entry.kind == host::FileKind::link) return text + " -> " + entry.content;
  if (entry.kind == host::FileKind::regular) text += " " + sha256_hex(entry.content).substr(0, 16);
  return text;
}

std::string text_of(const host::ContainerSpec& spec) {
  std::string text = spec.image_id + " host=" + spec.hostname + " net=" + spec.network + " user=" + spec.user +
                     " entry=" + joined(spec.entrypoint, " ") + " command=" + joined(spec.command, " ") +
                     " groups=" + joined(spec.group_ids, ",") + " restart=" + spec.restart_policy +
                     " init=" + (spec.init_process ? "1" : "0") + " nnp=" + (spec.no_new_privileges ? "1" : "0") +
                     " memory=" + std::to_string(spec.memory_limit) + " pids=" + std::to_string(spec.pids_limit);
  for (const auto& [name, value] : spec.environment) text += " " + name + "=" + value;
  for (const auto& mount : spec.mounts) text += " " + mount.source + ":" + mount.target + (mount.read_only ? ":ro" : "");
  for (const auto& device : spec.devices) text += " " + device.source + ":" + device.target;
  for (const auto& [name, value] : spec.labels) text += " " + name + "=" + value;
  for (const auto& [name, value] : spec.log_options) text += " " + name + "=" + value;
  return text;
}

void add_machine(const MachineModel& model, std::string& text) {
  for (const auto& [path, entry] : model.entries)
    if (!is_record(path)) text += "entry " + path + " " + text_of(entry) + "\n";
  for (const auto& [name, package] : model.packages)
    text += "package " + name + " " + package.version + " " + package.status + "\n";
  if (model.dpkg_interrupted) text += "dpkg interrupted\n";
  for (const std::string& source : model.fetched_sources) text += "lists " + source + "\n";
  for (const auto& [name, unit] : model.units)
    if (unit.state.found)
      text +=
          "unit " + name + " " + unit.state.active + " " + unit.state.enabled + (unit.state.needs_reload ? " stale" : "") + "\n";
  for (const auto& [name, user] : model.users)
    text += "user " + name + " " + std::to_string(user.uid) + ":" + std::to_string(user.gid) + " " + user.home + "\n";
  for (const auto& [name, group] : model.groups)
    text += "group " + name + " " + std::to_string(group.gid) + " " + joined(group.members, ",") + "\n";
}

void add_engine(const MachineModel& model, std::string& text) {
  if (model.engine) text += "engine " + model.engine->version + "\n";
  for (const auto& [id, image] : model.images)
    text += "image " + id + " " + joined(image.repo_digests, ",") + " " + joined(image.repo_tags, ",") + "\n";
  for (const auto& [name, container] : model.containers)
    text +=
        "container " + name + " " + container.state + (container.running ? " running " : " ") + text_of(container.spec) + "\n";
  for (const std::string& network : model.networks) text += "network " + network + "\n";
}

}  // namespace

std::string settled_state(const MachineModel& model) {
  std::string text;
  add_machine(model, text);
  add_engine(model, text);
  return text;
}

}  // namespace cosigner::kit
