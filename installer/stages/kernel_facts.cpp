#include "installer/stages/kernel_facts.hpp"

#include "apt/version_order.hpp"
#include "base/text.hpp"
#include "profile/this_platform.hpp"

namespace cosigner::stages {
namespace {

constexpr unsigned long long first_major = 5, first_minor = 11;
constexpr std::chrono::hours lists_are_old_after{7 * 24};  // a kernel that the archive replaced meanwhile is a 404
const Path kernel_folder = "/boot";
const Path module_folder = "/lib/modules";
constexpr std::string_view image_name = "vmlinuz-";

/// Releases of kernels that can be started: their image is in /boot, or, where that folder holds none at all (it is not mounted now), their
/// own modules are here. A folder that only holds what DKMS built is what a removed kernel leaves, and modules without an image are half of one.
Result<std::vector<std::string>> startable_kernels(const host::FilesView& files) {
  std::vector<std::string> out;
  for (const auto& name : TRY(files.list(kernel_folder))) {
    if (name.rfind(image_name, 0) == 0) out.push_back(name.substr(image_name.size()));
  }
  if (!out.empty()) return out;
  for (const auto& name : TRY(files.list(module_folder))) {
    if (TRY(files.stat(module_folder / name / "kernel"))) out.push_back(name);
  }
  return out;
}

Result<std::string> newest_with_driver(const host::FilesView& files) {
  std::string newest;
  for (const auto& release : TRY(startable_kernels(files))) {
    if (brings_driver(release) != true) continue;
    if (newest.empty() || apt::compare_versions(release, newest) > 0) newest = release;
  }
  return newest;
}

Status probe_package(const host::HostView& host, KernelFacts& facts) {
  const auto candidate = TRY(host.packages().candidate(facts.package));
  facts.is_offered = candidate.has_value();
  const auto lists = TRY(host.files().stat("/var/lib/apt/lists"));
  facts.are_lists_old = !lists || host.clock().now() - lists->modified > lists_are_old_after;
  const auto packages = TRY(host.packages().installed());
  const auto found = packages.find(facts.package);
  facts.is_newest_here = found != packages.end() && found->second.status == "installed" && candidate == found->second.version;
  return {};
}

}  // namespace

std::optional<bool> brings_driver(std::string_view release) {
  const auto parts = split(release, '.');
  if (parts.size() < 2) return std::nullopt;
  const auto major = parse_number(parts[0]);
  const auto minor = parse_number(parts[1].substr(0, parts[1].find_first_not_of("0123456789")));
  if (!major || !minor) return std::nullopt;
  return *major > first_major || (*major == first_major && *minor >= first_minor);
}

bool is_too_old(const KernelFacts& facts) { return facts.has_driver == false; }

Result<KernelFacts> probe_kernel(const host::HostView& host, const engine::StageContext& context) {
  KernelFacts facts;
  const auto release = TRY(host.files().read("/proc/sys/kernel/osrelease", 4096));
  if (release) facts.release = std::string(trimmed(*release));
  facts.has_driver = brings_driver(facts.release);
  if (!is_too_old(facts)) return facts;
  facts.package = profile::kernel_package(context.settings.profile, host, facts.release);
  if (TRY(host.packages().interrupted())) return facts;  // what lies in /boot may be half a kernel
  facts.installed = TRY(newest_with_driver(host.files()));
  if (facts.installed.empty() && !facts.package.empty()) TRY(probe_package(host, facts));
  return facts;
}

}  // namespace cosigner::stages
