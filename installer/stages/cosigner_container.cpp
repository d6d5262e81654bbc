#include "installer/stages/cosigner_container.hpp"

#include <algorithm>

#include "base/crypto.hpp"

namespace cosigner::stages {
namespace {

using host::ContainerSpec;

/// Our variables: one that is not wanted must not be there either.
constexpr const char* managed_variables[] = {"HTTPS_PROXY", "WEBSOCKET"};

std::vector<host::Mounted> data_mounts(const profile::CosignerContract& contract) {
  std::vector<host::Mounted> mounts;
  for (const std::string name : {"db", "config", "log", "enclave"}) {
    mounts.push_back({contract.data_dir + "/" + name, contract.work_dir + "/" + name, false});
  }
  mounts.push_back({contract.data_dir + "/backup", "/backup", false});
  return mounts;
}

Result<ContainerSpec> common_spec(const host::HostView& host, const profile::Settings& settings, const std::string& image_id) {
  const profile::CosignerContract& contract = settings.profile.cosigner;
  ContainerSpec spec;
  spec.image_id = image_id;
  spec.network = contract.network;
  spec.user = contract.service_user;
  spec.entrypoint = {program_path(settings)};
  spec.environment = contract.environment;
  spec.environment["WEBSOCKET"] = websocket_switch(settings.answers);
  if (!settings.answers.container_proxy_url.empty()) spec.environment["HTTPS_PROXY"] = settings.answers.container_proxy_url;
  spec.mounts = data_mounts(contract);
  for (const auto& [node, inside] : contract.devices) spec.devices.push_back({node, inside});
  spec.group_ids = TRY(device_groups(host, spec.devices));
  return spec;
}

template <class T, class Less>
bool same_set(std::vector<T> one, std::vector<T> other, Less less) {
  std::sort(one.begin(), one.end(), less);
  std::sort(other.begin(), other.end(), less);
  return one == other;
}

/// A variable that is not seen has the image's own value, which is no difference of the container's; the label tells the two apart.
bool has_variables(const ContainerSpec& wanted, const ContainerSpec& seen) {
  for (const auto& [name, value] : wanted.environment) {
    const auto found = seen.environment.find(name);
    if (found != seen.environment.end() && found->second != value) return false;
  }
  return std::all_of(std::begin(managed_variables), std::end(managed_variables),
                     [&](const char* name) { return wanted.environment.count(name) == 1 || seen.environment.count(name) == 0; });
}

template <class T>
bool same_or_images_own(const T& wanted, const T& seen) {
  return seen.empty() || wanted == seen;
}

}  // namespace

Result<std::vector<std::string>> device_groups(const host::HostView& host, const std::vector<host::DeviceMapping>& devices) {
  std::vector<std::string> groups;
  for (const auto& device : devices) {
    const auto stat = TRY(host.files().stat(device.source));
    if (!stat || stat->attributes.owner.gid == 0) continue;
    const std::string group = std::to_string(stat->attributes.owner.gid);
    if (std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(group);
  }
  std::sort(groups.begin(), groups.end());
  return groups;
}

std::string fingerprint_of(const ContainerSpec& spec) {
  std::string text = spec.name + "\n" + spec.image_id + "\n" + spec.hostname + "\n" + spec.network + "\n" + spec.user + "\n" + spec.restart_policy;
  for (const auto& word : spec.entrypoint) text += "\ne " + word;
  for (const auto& word : spec.command) text += "\nc " + word;
  for (const auto& [name, value] : spec.environment) text.append("\nv ").append(name).append("=").append(value);
  for (const auto& mount : spec.mounts) text.append("\nm ").append(mount.source).append(":").append(mount.target).append(mount.read_only ? ":ro" : "");
  for (const auto& device : spec.devices) text.append("\nd ").append(device.source).append(":").append(device.target);
  for (const auto& group : spec.group_ids) text += "\ng " + group;
  return sha256_hex(text);
}

Result<std::optional<host::Image>> find_pinned_image(const host::HostView& host, const engine::StageContext& context) {
  const profile::ImageFacts& facts = context.settings.profile.image;
  const std::string digest = context.ledger.value("image.digest");
  std::vector<std::string> names = {context.ledger.value("image.id"), context.ledger.value("image.reference")};
  if (!digest.empty()) names.push_back(facts.registry + "/" + facts.repository + "@" + digest);
  for (const std::string& name : names) {
    if (name.empty()) continue;
    auto found = host.containers().image(name);
    if (!found.ok() && found.error().code == "engine.unreachable") return std::optional<host::Image>();
    if (!found.ok() || *found) return found;
  }
  return std::optional<host::Image>();
}

Result<std::optional<host::Container>> find_container(const host::HostView& host, const std::string& name) {
  auto found = host.containers().container(name);
  if (!found.ok() && found.error().code == "engine.unreachable") return std::optional<host::Container>();
  return found;
}

std::string wanted_revision(const profile::Settings& settings) {
  return settings.answers.image_revision.empty() ? settings.profile.image.default_revision : settings.answers.image_revision;
}

std::string program_path(const profile::Settings& settings) {
  const profile::CosignerContract& contract = settings.profile.cosigner;
  if (contract.executable.rfind("./", 0) == 0) return contract.work_dir + contract.executable.substr(1);
  return contract.executable;
}

std::string websocket_switch(const profile::Answers& answers) {
  const bool slow = answers.callback && answers.callback->retry;
  return slow || !answers.container_proxy_url.empty() ? "0" : "1";
}

Result<ContainerSpec> main_spec(const host::HostView& host, const profile::Settings& settings, const std::string& image_id) {
  ContainerSpec spec = TRY(common_spec(host, settings, image_id));
  spec.name = settings.profile.cosigner.container_name;
  spec.hostname = spec.name;
  spec.restart_policy = "always";
  spec.init_process = true;
  spec.labels = {{role_label, "main"}, {spec_label, fingerprint_of(spec)}};
  return spec;
}

Result<ContainerSpec> one_shot_spec(const host::HostView& host, const profile::Settings& settings, const std::string& image_id,
                                    const std::vector<std::string>& arguments, const std::string& document_directory) {
  ContainerSpec spec = TRY(common_spec(host, settings, image_id));
  spec.name = settings.profile.cosigner.init_name;
  spec.hostname = spec.name;
  spec.command = arguments;
  if (!document_directory.empty()) spec.mounts.push_back({document_directory, document_directory_inside, true});
  spec.labels = {{role_label, "one-shot"}};
  return spec;
}

std::vector<std::string> differences(const ContainerSpec& wanted, const ContainerSpec& seen) {
  std::vector<std::string> found;
  const auto note = [&](bool same, const char* what) {
    if (!same) found.emplace_back(what);
  };
  const auto mount_less = [](const host::Mounted& a, const host::Mounted& b) { return a.target < b.target; };
  const auto device_less = [](const host::DeviceMapping& a, const host::DeviceMapping& b) { return a.target < b.target; };
  note(wanted.image_id == seen.image_id, "image");
  note(wanted.network == "host" || wanted.hostname == seen.hostname, "host name");  // in the machine's network it has the machine's name
  note(wanted.network == seen.network, "network");
  note(same_or_images_own(wanted.user, seen.user), "user");
  note(same_or_images_own(wanted.entrypoint, seen.entrypoint) && wanted.command == seen.command, "command");
  note(has_variables(wanted, seen), "variables");
  note(same_set(wanted.mounts, seen.mounts, mount_less), "mounts");
  note(same_set(wanted.devices, seen.devices, device_less), "devices");
  note(same_set(wanted.group_ids, seen.group_ids, std::less<std::string>()), "groups");
  note(wanted.restart_policy == seen.restart_policy, "restart policy");
  note(wanted.init_process == seen.init_process, "init process");
  note(wanted.no_new_privileges == seen.no_new_privileges, "no new privileges");
  const auto label = seen.labels.find(spec_label);
  note(label != seen.labels.end() && label->second == wanted.labels.at(spec_label), "label");
  return found;
}

}  // namespace cosigner::stages
