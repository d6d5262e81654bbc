#include "installer/checks/machine.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "installer/checks/observing.hpp"
#include "sgx/device_nodes.hpp"

namespace cosigner::checks {
namespace {

Observation against(std::uint64_t have, std::uint64_t least, std::uint64_t advised, const std::string& what,
                    const std::string& remedy, const std::string& code) {
  const std::string size = to_people_size(have) + " " + what;
  if (have < least) return {Outcome::fail, size + ", at least " + to_people_size(least) + " are needed", remedy, "", code};
  if (have < advised) return {Outcome::warn, size + ", below the advised " + to_people_size(advised), remedy, "", ""};
  return {Outcome::pass, size, "", "", ""};
}

/// "permission" is never reported as "missing" or "broken".
Observation judge_node(const sgx::NodeState& node) {
  const std::string evidence = sgx::describe(node);
  if (node.opened == host::OpenResult::permission_denied)
    return {Outcome::unknown, evidence, "Run this as root.", "this user may not open the node", "", {"B9"}};
  if (node.name.driver == sgx::Driver::legacy) {
    return {Outcome::fail,
            evidence + ", but it is the EPID driver's, of no use for DCAP",
            "Remove the old driver and use Linux 5.11 or newer.",
            "",
            "sgx.device_missing",
            {"B3"}};
  }
  const bool can_be_opened = node.opened == host::OpenResult::opened || node.opened == host::OpenResult::noexec_mount;  // dev.exec judges the mount
  if (can_be_opened) return {Outcome::pass, evidence, "", "", ""};
  return {Outcome::fail, evidence,
          "Look for `sgx:` in the kernel's log, enable SGX in the firmware, and use Linux 5.11 or newer.", "",
          "sgx.device_missing"};
}

}  // namespace

std::optional<std::uint64_t> memory_of(const std::string& meminfo) {
  for (std::string_view line : lines_of(meminfo)) {
    if (line.substr(0, 9) != "MemTotal:") continue;
    line = trimmed(line.substr(9));
    const auto kib = parse_number(line.substr(0, line.find(' ')));
    if (kib) return *kib * 1024;
  }
  return std::nullopt;
}

std::optional<int> cpus_of(const std::string& list) {
  int count = 0;
  for (const auto part : split(trimmed(list), ',')) {
    const std::size_t dash = part.find('-');
    const auto first = parse_number(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_number(part.substr(dash + 1));
    if (!first || !last || *last < *first || *last > 65535) return std::nullopt;
    count += static_cast<int>(*last - *first + 1);
  }
  return count;
}

Observation look_at_cores(const host::HostView& host, const profile::Settings& settings) {
  const auto list = host.files().read("/sys/devices/system/cpu/online", 4096);
  const auto count = list && *list ? cpus_of(**list) : std::nullopt;
  if (!count) return unknown("/sys/devices/system/cpu/online could not be read");
  const std::string evidence = std::to_string(*count) + " logical CPUs";
  if (*count >= settings.profile.hardware.warn_cores) return {Outcome::pass, evidence, "", "", ""};
  return {Outcome::warn, evidence + ", below the advised " + std::to_string(settings.profile.hardware.warn_cores),
          "Take a larger instance for production.", "", ""};
}

Observation look_at_ram(const host::HostView& host, const profile::Settings& settings) {
  const auto text = host.files().read("/proc/meminfo", 64 * 1024);
  const auto bytes = text && *text ? memory_of(**text) : std::nullopt;
  if (!bytes) return unknown("/proc/meminfo could not be read");
  // MemTotal leaves out what firmware, kernel and enclave memory take: a sixteenth is forgiven.
  const auto floor = settings.profile.hardware;
  return against(*bytes, floor.min_ram - floor.min_ram / 16, floor.warn_ram - floor.warn_ram / 16, "of memory",
                 "Take a machine with more memory.", "hardware.ram_too_small");
}

Observation look_at_disk(const host::HostView& host, const profile::Settings& settings) {
  const auto free = host.files().free_space("/var/lib");
  if (!free) return unknown(free.error().message);
  return against(*free, settings.profile.hardware.min_disk, settings.profile.hardware.warn_disk, "free below /var/lib",
                 "Free space below /var/lib, or enlarge the disk.", "hardware.disk_too_small");
}

Observation look_at_dev_mount(const host::HostView& host, const profile::Settings&) {
  const auto mount = host.files().mount_of("/dev/sgx_enclave");
  if (!mount) return unknown(mount.error().message);
  const bool is_noexec = std::find(mount->options.begin(), mount->options.end(), "noexec") != mount->options.end();
  if (!is_noexec) return {Outcome::pass, mount->point.text() + " is mounted with the right to execute", "", "", ""};
  return {Outcome::fail,
          mount->point.text() + " is mounted noexec: enclaves cannot be mapped",
          "Run `mount -o remount,exec /dev`, and enable remount-dev-exec.service for the next boot.",
          "",
          "sgx.device_missing",
          {"B12"}};
}

Observation look_at_enclave_node(const host::HostView& host, const profile::Settings&) {
  return judge_node(sgx::find_node(host.devices(), sgx::enclave_nodes()));
}
Observation look_at_provision_node(const host::HostView& host, const profile::Settings&) {
  return judge_node(sgx::find_node(host.devices(), sgx::provision_nodes()));
}

}  // namespace cosigner::checks
