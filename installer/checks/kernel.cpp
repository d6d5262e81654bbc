#include "installer/checks/kernel.hpp"

#include "base/text.hpp"
#include "installer/checks/cpu_info.hpp"
#include "installer/checks/log_look.hpp"
#include "installer/checks/processor.hpp"
#include "installer/checks/texts.hpp"
#include "sgx/device_nodes.hpp"

namespace cosigner::checks {
namespace {

constexpr std::size_t config_limit = 4 * 1024 * 1024;

bool has_enclave_node(const host::HostView& host) {
  return host.devices().try_open(Path(sgx::enclave_nodes().front().path)) != host::OpenResult::absent;
}

bool has_module(const host::HostView& host, std::string_view name) {
  const std::string modules = text_of(host, "/proc/modules", 1024 * 1024);
  for (const std::string_view line : lines_of(modules)) {
    if (line.substr(0, line.find(' ')) == name) return true;
  }
  return false;
}

/// What DKMS would build again for each new kernel.
std::vector<std::string> dkms_drivers(const host::HostView& host) {
  std::vector<std::string> out;
  const auto names = host.files().list("/var/lib/dkms");
  if (!names) return out;
  for (const auto& name : *names) {
    if (name == "sgx" || name == "isgx" || name == "intel_sgx") out.push_back(name);
  }
  return out;
}

std::optional<std::uint64_t> kernel_epc(const host::HostView& host) {
  const Path folder = "/sys/devices/system/node";
  const auto names = host.files().list(folder);
  if (!names) return std::nullopt;
  std::optional<std::uint64_t> sum;
  for (const auto& name : *names) {
    if (name.rfind("node", 0) != 0) continue;
    const auto bytes = parse_number(trimmed(text_of(host, folder / name / "x86" / "sgx_total_bytes", 4096)));
    if (bytes) sum = sum.value_or(0) + *bytes;
  }
  return sum;
}

}  // namespace

Observation look_at_kernel_parameters(const host::HostView& host, const profile::Settings&) {
  const auto text = host.files().read("/proc/cmdline", 64 * 1024);
  if (!text || !*text) return unknown("/proc/cmdline cannot be read");
  for (const std::string_view word : split(trimmed(**text), ' ')) {
    if (word == "nosgx") return failed("the kernel was started with the parameter nosgx", remedy("nosgx_remove"), {"B2"});
  }
  return passed("no parameter switches SGX off");
}

Observation look_at_kernel_config(const host::HostView& host, const profile::Settings&) {
  if (has_enclave_node(host)) return passed("the driver is built in: its device is there");
  const std::string release = kernel_release(host);
  const auto text = host.files().read(Path("/boot/config-" + release), config_limit);
  if (!text) return unknown("/boot/config-" + safe(release, 64) + " cannot be read: " + text.error().message);
  if (!*text) return unknown("/boot/config-" + safe(release, 64) + " is not there");
  for (const std::string_view line : lines_of(**text)) {
    if (line == "CONFIG_X86_SGX=y") return passed("CONFIG_X86_SGX=y");
  }
  return failed("the kernel " + safe(release, 64) + " was built without CONFIG_X86_SGX", remedy("kernel_with_sgx"), {"B2"});
}

Observation look_at_modules(const host::HostView& host, const profile::Settings& settings) {
  const auto text = host.files().read("/proc/modules", 1024 * 1024);
  if (!text) return unknown("/proc/modules cannot be read");
  const bool has_own_driver = is_kernel_at_least(host, 5, 11) == true;
  if (has_module(host, "isgx")) {
    return failed("the module isgx is loaded: the EPID driver, of no use for DCAP" +
                      std::string(has_own_driver ? ", beside the kernel's own" : ""),
                  remedy("driver_remove"), {"B3"});
  }
  if (!has_module(host, "intel_sgx")) return passed("no SGX driver from outside the kernel is loaded");
  const auto dumps = read_cpuid(host, settings);
  const bool lacks_control = dumps && !dumps->empty() && sgx::judge_cpuid(dumps->front()).flc == false;
  if (lacks_control)
    return failed("the module intel_sgx is loaded, but this processor has no launch control, which it needs",
                  remedy("driver_remove"), {"B6"});
  if (has_own_driver)
    return failed("the module intel_sgx is loaded on a kernel that has its own SGX driver", remedy("driver_remove"), {"B3"});
  return passed("the module intel_sgx is loaded, as this old kernel needs it");
}

Observation look_at_driver_packages(const host::HostView& host, const profile::Settings&) {
  if (const auto names = host.files().list("/var/lib/dkms"); !names) return unknown(names.error().message);
  const auto drivers = dkms_drivers(host);
  if (drivers.empty()) return passed("DKMS builds no SGX driver");
  const std::string evidence = "DKMS builds an SGX driver (" + joined(drivers, ", ") + ")";
  if (is_kernel_at_least(host, 5, 11) != true) return passed(evidence + ", as this old kernel needs it");
  return warned(evidence + ", though the kernel has its own: the build fails, or two generations mix", remedy("driver_remove"),
                {"B4"});
}

Observation look_at_kernel_epc(const host::HostView& host, const profile::Settings& settings) {
  const auto sum = kernel_epc(host);
  if (!sum) {
    if (is_kernel_at_least(host, 5, 17) == false) return not_needed("kernels before 5.17 do not show it");
    return unknown("the kernel shows no sgx_total_bytes in /sys/devices/system/node");
  }
  if (*sum == 0) return failed("the kernel took over 0 bytes of enclave memory", remedy("sgx_enable"), {"A2"});
  const auto dumps = read_cpuid(host, settings);
  const std::uint64_t offered = dumps && !dumps->empty() ? sgx::judge_cpuid(dumps->front()).epc_bytes.value_or(0) : 0;
  const std::string evidence = "the kernel took over " + to_people_size(*sum);
  if (offered != 0 && *sum < offered - offered / 10)
    return warned(evidence + " of the " + to_people_size(offered) + " that the processor names", remedy("kernel_newer"));
  return passed(evidence);
}

Observation look_at_kernel_log(const host::HostView& host, const profile::Settings&) {
  const auto log = host.devices().kernel_log();
  if (!log) return unknown(log.error().message);
  if (!*log) return unknown("only root may read the kernel's log here");
  return judge_log(**log, "kernel", "the kernel's log");
}

}  // namespace cosigner::checks
