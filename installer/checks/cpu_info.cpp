#include "installer/checks/cpu_info.hpp"

#include "base/text.hpp"

namespace cosigner::checks {

CpuInfo parse_cpu_info(const std::string& text) {
  CpuInfo out;
  std::set<std::string> sockets;
  for (const std::string_view line : lines_of(text)) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view name = trimmed(line.substr(0, colon));
    const std::string value(trimmed(line.substr(colon + 1)));
    if (name == "physical id") sockets.insert(value);
    if (name == "microcode") out.microcodes.insert(value);
    if (name != "flags" || !out.flags.empty()) continue;
    for (const std::string_view flag : split(value, ' ')) out.flags.emplace(flag);
  }
  out.sockets = sockets.size();
  return out;
}

std::optional<CpuInfo> read_cpu_info(const host::HostView& host) {
  const auto text = host.files().read("/proc/cpuinfo", 64u * 1024 * 1024);
  if (!text || !*text) return std::nullopt;
  return parse_cpu_info(**text);
}

std::string kernel_release(const host::HostView& host) {
  const auto text = host.files().read("/proc/sys/kernel/osrelease", 4096);
  return text && *text ? std::string(trimmed(**text)) : std::string();
}

std::optional<bool> is_kernel_at_least(const host::HostView& host, unsigned major, unsigned minor) {
  const std::string release = kernel_release(host);
  const auto parts = split(release, '.');
  if (parts.size() < 2) return std::nullopt;
  const auto first = parse_number(parts[0]);
  const auto second = parse_number(parts[1].substr(0, parts[1].find_first_not_of("0123456789")));
  if (!first || !second) return std::nullopt;
  return *first > major || (*first == major && *second >= minor);
}

}  // namespace cosigner::checks
