#include "installer/checks/device_looks.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "installer/checks/observing.hpp"
#include "installer/checks/texts.hpp"
#include "sgx/device_nodes.hpp"

namespace cosigner::checks {
namespace {

constexpr const char* enclave_node = "/dev/sgx_enclave";
constexpr const char* provision_node = "/dev/sgx_provision";
constexpr const char* provision_group = "sgx_prv";

constexpr std::uint32_t owner_rw = 0600, group_rw = 0060, other_rw = 0006;

/// Character devices only: a link of the same name is only another name.
std::optional<host::FileAttributes> node_at(const host::HostView& host, const char* path) {
  const auto stat = host.files().stat(path);
  if (!stat || !*stat || (*stat)->kind != host::FileKind::character_device) return std::nullopt;
  return (*stat)->attributes;
}

std::string octal(std::uint32_t bits) {
  std::string out;
  for (int shift = 9; shift >= 0; shift -= 3) out += static_cast<char>('0' + ((bits >> shift) & 7));
  return out;
}

std::string describe_node(const host::HostView& host, const char* path, const host::FileAttributes& attributes) {
  const auto group = host.accounts().group_by_id(attributes.owner.gid);
  const std::string name = group && *group ? " (" + safe((*group)->name, 32) + ")" : "";
  return std::string(path) + " mode " + octal(attributes.mode.bits) + ", owner " + std::to_string(attributes.owner.uid) +
         ", group " + std::to_string(attributes.owner.gid) + name;
}

Observation judge_user(const host::HostView& host, const profile::Settings& settings, const char* node, const char* row) {
  const std::string& name = settings.answers.sgx_user;
  if (name.empty()) return not_needed("no user was named; `--user NAME` asks for one");
  const auto user = host.accounts().user(name);
  if (!user) return unknown(user.error().message);
  if (!*user) return failed("there is no user " + safe(name, 32), remedy("user_name"));
  const auto attributes = node_at(host, node);
  if (!attributes) return not_needed(std::string(node) + " is not there");
  const std::string evidence = describe_node(host, node, *attributes);
  if (may_use(host, **user, node) == true) return passed(safe(name, 32) + " may use " + evidence);
  const auto group = host.accounts().group_by_id(attributes->owner.gid);
  const std::string wanted =
      group && *group ? (*group)->name : std::string(node == std::string_view(provision_node) ? provision_group : "sgx");
  return failed(safe(name, 32) + " may not use " + evidence, remedy("user_into_group", safe(wanted, 32) + " " + safe(name, 32)),
                {row});
}

}  // namespace

std::optional<bool> may_use(const host::HostView& host, const host::User& user, const Path& node) {
  const auto stat = host.files().stat(node);
  if (!stat || !*stat) return std::nullopt;
  const auto& attributes = (*stat)->attributes;
  const std::uint32_t mode = attributes.mode.bits;
  if (user.uid == 0) return true;
  if (attributes.owner.uid == user.uid) return (mode & owner_rw) == owner_rw;
  const auto group = host.accounts().group_by_id(attributes.owner.gid);
  const bool is_listed =
      group && *group && std::find((*group)->members.begin(), (*group)->members.end(), user.name) != (*group)->members.end();
  if (is_listed || user.gid == attributes.owner.gid) return (mode & group_rw) == group_rw;
  return (mode & other_rw) == other_rw;
}

Observation look_at_generations(const host::HostView& host, const profile::Settings&) {
  if (const auto blind = hidden(host, enclave_node)) return *blind;
  std::vector<std::string> kernel, outside;
  for (const char* path : {enclave_node, provision_node, "/dev/sgx_vepc"}) {
    if (const auto node = node_at(host, path)) kernel.push_back(describe_node(host, path, *node));
  }
  for (const char* path : {"/dev/sgx/enclave", "/dev/sgx/provision", "/dev/sgx", "/dev/sgx_prv", "/dev/isgx"}) {
    if (const auto node = node_at(host, path)) outside.push_back(describe_node(host, path, *node));
  }
  if (!kernel.empty() && !outside.empty()) {
    return failed("two generations of drivers: " + joined(kernel, "; ") + "; and " + joined(outside, "; "),
                  remedy("driver_remove"), {"B3"});
  }
  if (!kernel.empty() && !node_at(host, enclave_node)) {
    return failed("only " + joined(kernel, "; ") +
                      ": the kernel gives SGX to virtual machines alone, as launch control is locked or missing",
                  remedy("launch_unlock"), {"A7"});
  }
  if (!kernel.empty()) return passed("the kernel's own driver: " + joined(kernel, "; "));
  if (!outside.empty()) return warned("a driver from outside the kernel: " + joined(outside, "; "), remedy("kernel_newer"));
  return not_needed("there is no SGX device");
}

Observation look_at_node_modes(const host::HostView& host, const profile::Settings&) {
  if (const auto blind = hidden(host, enclave_node)) return *blind;
  const auto enclave = node_at(host, enclave_node), provision = node_at(host, provision_node);
  if (!enclave && !provision) return not_needed("there is no device of the kernel's driver");
  std::vector<std::string> rules;
  for (const char* folder : {"/etc/udev/rules.d", "/usr/lib/udev/rules.d", "/lib/udev/rules.d"}) {
    if (is_there(host, Path(folder) / "91-sgx-enclave.rules")) rules.push_back(std::string(folder) + "/91-sgx-enclave.rules");
  }
  const bool is_open = (provision && (provision->mode.bits & other_rw) != 0) || (enclave && (enclave->mode.bits & other_rw) != 0);
  if (is_open) {
    const std::string evidence =
        "every user may use " + describe_node(host, enclave ? enclave_node : provision_node, enclave ? *enclave : *provision);
    return warned(evidence + (rules.empty() ? "" : ", by the old rule " + rules.front()), remedy("udev_rule_old"), {"B20"});
  }
  if (!rules.empty())
    return warned("the old rule " + rules.front() + " opens the device to every user at the next start", remedy("udev_rule_old"),
                  {"B20"});
  return passed("only owner and group may use the devices");
}

Observation look_at_node_group(const host::HostView& host, const profile::Settings&) {
  const auto group = host.accounts().group(provision_group);
  if (!group) return unknown(group.error().message);
  if (!*group)
    return failed("there is no group sgx_prv: its package was installed before the device was there", remedy("provision_group"),
                  {"B11"});
  const auto node = node_at(host, provision_node);
  if (!node) return passed("the group sgx_prv is there");
  if (node->owner.gid == (*group)->gid) return passed(describe_node(host, provision_node, *node));
  return warned(
      describe_node(host, provision_node, *node) + " is not of the group sgx_prv (" + std::to_string((*group)->gid) + ")",
      remedy("udev_trigger"), {"B10"});
}

Observation look_at_enclave_user(const host::HostView& host, const profile::Settings& settings) {
  return judge_user(host, settings, enclave_node, "B8");
}
Observation look_at_provision_user(const host::HostView& host, const profile::Settings& settings) {
  return judge_user(host, settings, provision_node, "B10");
}

}  // namespace cosigner::checks
