// ContainerSpec ⇄ the Engine's create body and inspect answer (declared in engine_json.hpp).
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "host/posix/engine_fields.hpp"
#include "host/posix/engine_json.hpp"

namespace cosigner::host {

using nlohmann::json;

namespace {

json mount_list(const std::vector<Mounted>& mounts) {
  json list = json::array();
  for (const Mounted& mount : mounts)  // "Mounts" fails on a missing source, where "Binds" would make an empty directory
    list.push_back({{"Type", "bind"}, {"Source", mount.source}, {"Target", mount.target}, {"ReadOnly", mount.read_only}});
  return list;
}

json device_list(const std::vector<DeviceMapping>& devices) {
  json list = json::array();
  for (const DeviceMapping& device : devices)
    list.push_back({{"PathOnHost", device.source}, {"PathInContainer", device.target}, {"CgroupPermissions", "rw"}});
  return list;
}

json host_config(const ContainerSpec& spec) {
  json config = {{"RestartPolicy", {{"Name", spec.restart_policy}}},
                 {"Init", spec.init_process},
                 {"Mounts", mount_list(spec.mounts)},
                 {"Devices", device_list(spec.devices)},
                 {"GroupAdd", spec.group_ids},
                 {"Privileged", false},
                 {"PublishAllPorts", false}};
  if (!spec.network.empty()) config["NetworkMode"] = spec.network;
  if (spec.no_new_privileges) config["SecurityOpt"] = {"no-new-privileges"};
  if (spec.memory_limit > 0) config["Memory"] = spec.memory_limit;
  if (spec.pids_limit > 0) config["PidsLimit"] = spec.pids_limit;
  if (!spec.log_options.empty()) config["LogConfig"] = {{"Type", "json-file"}, {"Config", spec.log_options}};
  return config;
}

std::vector<Mounted> mounts_of(const json& config) {
  std::vector<Mounted> mounts;
  const json& list = member(config, "Mounts");
  for (const json& mount : list.is_array() ? list : json::array())
    mounts.push_back({text_at(mount, "Source"), text_at(mount, "Target"), flag_at(mount, "ReadOnly")});
  for (const std::string& bind : texts_at(config, "Binds")) {  // made by others: "source:target[:options]"
    const auto parts = split(bind, ':');
    const std::string options(parts.size() > 2 ? parts[2] : "");
    if (parts.size() > 1) mounts.push_back({std::string(parts[0]), std::string(parts[1]), ("," + options + ",").find(",ro,") != std::string::npos});
  }
  return mounts;
}

std::vector<DeviceMapping> devices_of(const json& config) {
  std::vector<DeviceMapping> devices;
  const json& list = member(config, "Devices");
  for (const json& device : list.is_array() ? list : json::array())
    devices.push_back({text_at(device, "PathOnHost"), text_at(device, "PathInContainer")});
  return devices;
}

std::map<std::string, std::string> without(std::map<std::string, std::string> all, const std::map<std::string, std::string>& given) {
  for (const auto& [name, value] : given) {
    const auto found = all.find(name);
    if (found != all.end() && found->second == value) all.erase(found);
  }
  return all;
}

bool has_extra_rights(const json& config) {
  if (flag_at(config, "Privileged") || !texts_at(config, "CapAdd").empty() || flag_at(config, "PublishAllPorts")) return true;
  if (!texts_at(config, "DeviceCgroupRules").empty()) return true;
  for (const char* space : {"PidMode", "IpcMode", "UTSMode", "UsernsMode"})
    if (text_at(config, space) == "host") return true;
  const json& ports = member(config, "PortBindings");
  return ports.is_object() && !ports.empty();
}

bool keeps_privileges_down(const json& config) {
  const auto options = texts_at(config, "SecurityOpt");
  const auto is_set = [](const std::string& option) {
    return option == "no-new-privileges" || option == "no-new-privileges:true" || option == "no-new-privileges=true";
  };
  return std::any_of(options.begin(), options.end(), is_set) && !has_extra_rights(config);
}

/// "2026-11-26T10:42:36.538100438Z"; year 1 stands for never.
Time time_of(const std::string& text) {
  if (text.size() < 20 || text.rfind("0001-", 0) == 0) return {};
  return parse_time(text.substr(0, 19) + "Z").value_or(Time{});
}

ContainerSpec spec_of(const json& answer, const ImageDefaults& image) {
  const json& config = member(answer, "Config");
  const json& host = member(answer, "HostConfig");
  ContainerSpec spec;
  spec.name = text_at(answer, "Name");
  if (!spec.name.empty() && spec.name[0] == '/') spec.name.erase(0, 1);
  spec.image_id = text_at(answer, "Image");
  spec.hostname = text_at(config, "Hostname");
  if (spec.hostname == text_at(answer, "Id").substr(0, 12)) spec.hostname.clear();  // the engine's own choice
  spec.network = text_at(host, "NetworkMode");
  if (spec.network == "default" || spec.network == "bridge") spec.network.clear();  // newer engines name the default
  spec.user = text_at(config, "User");
  if (spec.user == image.user) spec.user.clear();
  spec.entrypoint = texts_at(config, "Entrypoint");
  spec.command = texts_at(config, "Cmd");
  if (spec.entrypoint == image.entrypoint) {
    spec.entrypoint.clear();
    if (spec.command == image.command) spec.command.clear();
  }
  spec.environment = without(variables_of(texts_at(config, "Env")), image.environment);
  spec.labels = without(map_at(config, "Labels"), image.labels);
  spec.mounts = mounts_of(host);
  spec.devices = devices_of(host);
  spec.group_ids = texts_at(host, "GroupAdd");
  spec.restart_policy = text_at(member(host, "RestartPolicy"), "Name");
  if (spec.restart_policy.empty()) spec.restart_policy = "no";
  spec.init_process = flag_at(host, "Init");
  spec.no_new_privileges = keeps_privileges_down(host);
  spec.memory_limit = unsigned_at(host, "Memory");
  spec.pids_limit = std::max<std::int64_t>(0, number_at(host, "PidsLimit"));
  spec.log_options = map_at(member(host, "LogConfig"), "Config");
  return spec;
}

}  // namespace

std::string create_body(const ContainerSpec& spec) {
  json variables = json::array();
  for (const auto& [name, value] : spec.environment) variables.push_back(std::string(name).append("=").append(value));
  json body = {{"Image", spec.image_id}, {"Env", variables},   {"Labels", spec.labels}, {"HostConfig", host_config(spec)},
               {"AttachStdin", false},   {"OpenStdin", false}, {"Tty", false}};
  if (!spec.hostname.empty()) body["Hostname"] = spec.hostname;
  if (!spec.user.empty()) body["User"] = spec.user;
  if (!spec.entrypoint.empty()) body["Entrypoint"] = spec.entrypoint;
  if (!spec.command.empty()) body["Cmd"] = spec.command;
  return to_json_line(body);
}

Result<Container> parse_container(std::string_view text, const ImageDefaults& image) {
  const json answer = TRY(parse_engine_answer(text));
  const json& state = member(answer, "State");
  Container container;
  container.id = text_at(answer, "Id");
  container.state = text_at(state, "Status");
  if (container.id.empty() || container.state.empty()) return malformed_answer("a container has no id or no state");
  container.spec = spec_of(answer, image);
  container.running = container.state == "running";
  container.exit_code = static_cast<int>(number_at(state, "ExitCode"));
  container.restart_count = static_cast<int>(number_at(answer, "RestartCount"));
  container.started = time_of(text_at(state, "StartedAt"));
  const std::string health = text_at(member(state, "Health"), "Status");
  if (!health.empty()) container.health = health;
  return container;
}

}  // namespace cosigner::host
