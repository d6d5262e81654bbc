#include "installer/stages/machine_kind.hpp"

#include <set>

#include "base/text.hpp"
#include "sgx/cpuid_facts.hpp"
#include "sgx/cpuid_text.hpp"

namespace cosigner::stages {
namespace {

constexpr std::size_t cpu_info_limit = 64u * 1024 * 1024;  // a kilobyte and more for each logical CPU

/// A DMI string; the class folder holds links, the device's own folder does not.
std::string dmi(const host::FilesView& files, const std::string& name) {
  const auto text = files.read(Path("/sys/devices/virtual/dmi/id") / name, 4096);
  return text && *text ? std::string(trimmed(**text)) : std::string();
}

Result<std::vector<host::CpuidDump>> read_cpuid(const host::HostView& host, const profile::Profile& profile) {
  if (!profile.simulation || profile.simulation_cpuid.empty()) return host.devices().cpuid();
  const auto text = TRY(host.files().read(profile.simulation_cpuid, sgx::cpuid_text_limit));
  return sgx::parse_cpuid_text(text.value_or(std::string()));
}

std::size_t count_sockets(const host::FilesView& files) {
  const auto text = files.read("/proc/cpuinfo", cpu_info_limit);
  if (!text || !*text) return 0;
  std::set<std::string> sockets;
  for (const std::string_view line : lines_of(**text)) {
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos && trimmed(line.substr(0, colon)) == "physical id") sockets.emplace(trimmed(line.substr(colon + 1)));
  }
  return sockets.size();
}

}  // namespace

MachineKind probe_machine_kind(const host::HostView& host, const profile::Settings& settings) {
  MachineKind out;
  const auto dumps = read_cpuid(host, settings.profile);
  if (dumps && !dumps->empty()) out.is_virtual = sgx::judge_cpuid(dumps->front()).hypervisor;
  const std::string vendor = dmi(host.files(), "sys_vendor"), product = dmi(host.files(), "product_name"), asset = dmi(host.files(), "chassis_asset_tag");
  out.place = sgx::place_of_machine({vendor, product, asset});
  out.sockets = count_sockets(host.files());
  return out;
}

}  // namespace cosigner::stages
