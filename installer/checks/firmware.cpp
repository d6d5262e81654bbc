#include "installer/checks/firmware.hpp"

#include "base/text.hpp"
#include "installer/checks/cpu_info.hpp"
#include "installer/checks/observing.hpp"
#include "installer/checks/processor.hpp"
#include "installer/checks/texts.hpp"
#include "sgx/device_nodes.hpp"

namespace cosigner::checks {
namespace {

constexpr std::uint32_t feature_control = 0x3A;  // IA32_FEATURE_CONTROL, Intel SDM volume 4
constexpr unsigned launch_control_bit = 17;
constexpr unsigned sgx_enable_bit = 18;
constexpr std::uint32_t debug_mode = 0x503;    // SGX_DEBUG_MODE: 0 on production parts
constexpr std::uint32_t platform_info = 0xCE;  // bit 27: 0 on production parts
constexpr unsigned preproduction_bit = 27;

constexpr const char* efi_folder = "/sys/firmware/efi/efivars";
// Four bytes of attributes come first in each of these files.
constexpr const char* sgx_status_variable = "/sys/firmware/efi/efivars/SOFTWAREGUARDSTATUS-9cb2e73f-7325-40f4-a484-659bb344c3cd";
constexpr const char* epc_offer_variable = "/sys/firmware/efi/efivars/EPCBIOS-c60aa7f6-e8d6-4956-8ba1-fe26298f5e87";
constexpr const char* secure_boot_variable = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
constexpr std::size_t attribute_bytes = 4;

constexpr const char* in_guest = "inside a virtual machine this belongs to the hypervisor's host";

std::optional<unsigned> efi_byte(const host::HostView& host, const char* variable) {
  const auto bytes = host.files().read(variable, 4096);
  if (!bytes || !*bytes || (*bytes)->size() <= attribute_bytes) return std::nullopt;
  return static_cast<unsigned char>((**bytes)[attribute_bytes]);
}

std::optional<bool> msr_bit(const host::HostView& host, std::uint32_t number, unsigned bit) {
  const auto value = host.devices().msr(number);
  if (!value || !*value) return std::nullopt;
  return ((**value >> bit) & 1) != 0;
}

sgx::CpuidFacts facts_of(const host::HostView& host, const profile::Settings& settings) {
  const auto dumps = read_cpuid(host, settings);
  return dumps && !dumps->empty() ? sgx::judge_cpuid(dumps->front()) : sgx::CpuidFacts{};
}

bool is_guest(const host::HostView& host, const profile::Settings& settings) {
  return facts_of(host, settings).hypervisor == true;
}

std::string trimmed_text(const host::HostView& host, const char* path) { return std::string(trimmed(text_of(host, path, 4096))); }

/// Offered, but leaf 0x12 is empty: which of the ways to be off it is (facts, section 2).
Observation judge_off(const host::HostView& host) {
  const auto enabled = msr_bit(host, feature_control, sgx_enable_bit);
  const auto status = efi_byte(host, sgx_status_variable);
  const unsigned efi = status.value_or(0) & 3;
  if (status && efi == 2)
    return failed("the firmware says \"software controlled\": the operating system has to ask for SGX",
                  remedy("sgx_software_controlled"), {"A3"});
  if (is_there(host, epc_offer_variable) && enabled != true)
    return failed("the firmware offers enclave memory to software that asks for it, and nobody did",
                  remedy("sgx_software_controlled"), {"A3"});
  if (enabled == true || (status && efi == 1))
    return failed(
        "SGX is enabled in the firmware, but not active: a cold start is pending, or the firmware rejected the memory layout",
        remedy("sgx_not_active"), {"A5"});
  if (enabled == false) return failed("register 0x3A, bit 18 is 0: the firmware keeps SGX off", remedy("sgx_enable"), {"A2"});
  if (status) return failed("the firmware's status variable says that SGX is disabled", remedy("sgx_enable"), {"A2"});
  return unknown("neither register 0x3A (needs root and the module msr) nor the firmware's status variable can be read");
}

bool has_out_of_tree_driver(const host::HostView& host) {
  const std::string modules = text_of(host, "/proc/modules", 1024 * 1024);
  for (const std::string_view line : lines_of(modules)) {
    if (line.rfind("isgx ", 0) == 0 || line.rfind("intel_sgx ", 0) == 0) return true;
  }
  const auto dkms = host.files().list("/var/lib/dkms");
  if (!dkms) return false;
  for (const auto& name : *dkms) {
    if (name == "sgx" || name == "isgx" || name == "intel_sgx") return true;
  }
  return false;
}

}  // namespace

Observation look_at_firmware_sgx(const host::HostView& host, const profile::Settings& settings) {
  const auto facts = facts_of(host, settings);
  if (facts.verdict == sgx::Verdict::on) return passed("leaf 0x12 is filled: SGX is active");
  if (facts.verdict == sgx::Verdict::not_offered)
    return not_needed("the processor, or the hypervisor, offers no SGX to switch on");
  if (facts.verdict != sgx::Verdict::off_in_firmware) return unknown("CPUID does not say enough");
  if (settings.profile.simulation && !settings.profile.simulation_cpuid.empty())
    return not_needed("the processor is a simulation");
  if (facts.hypervisor == true) return unknown(in_guest);
  return judge_off(host);
}

Observation look_at_launch_lock(const host::HostView& host, const profile::Settings& settings) {
  if (const auto unlocked = msr_bit(host, feature_control, launch_control_bit)) {
    if (*unlocked) return passed("register 0x3A, bit 17 is 1: the kernel may set the launch key");
    return failed("register 0x3A, bit 17 is 0: the firmware locked the launch key, so the kernel's driver stays off",
                  remedy("launch_unlock"), {"A6"});
  }
  const auto node = sgx::find_node(host.devices(), {sgx::enclave_nodes().front()});
  if (node.opened != host::OpenResult::absent) return passed("the kernel's driver is up, so the launch key is not locked");
  return is_guest(host, settings) ? unknown(in_guest) : unknown("register 0x3A cannot be read (needs root and the module msr)");
}

Observation look_at_production(const host::HostView& host, const profile::Settings& settings) {
  if (is_guest(host, settings)) return unknown(in_guest);
  const auto debug = host.devices().msr(debug_mode);
  const auto sample = msr_bit(host, platform_info, preproduction_bit);
  if (!debug || !*debug || !sample) return unknown("registers 0x503 and 0xCE cannot be read (need root and the module msr)");
  if (**debug == 0 && !*sample) return passed("a production part");
  return failed("registers 0x503 and 0xCE say that this is a debug or pre-production part: Intel does not certify it",
                remedy("production_part"), {"F5"});
}

Observation look_at_boot_mode(const host::HostView& host, const profile::Settings& settings) {
  if (const auto blind = hidden(host, efi_folder)) return *blind;
  if (is_there(host, efi_folder)) return passed("booted by UEFI");
  const auto info = read_cpu_info(host);
  const bool is_single = info && info->sockets <= 1;
  if (is_guest(host, settings) || is_single)
    return passed("booted without UEFI variables, which only registration of several sockets needs");
  return warned("booted without UEFI: no software enabling of SGX, and no registration of a machine with several sockets",
                remedy("boot_uefi"), {"F1"});
}

Observation look_at_secure_boot(const host::HostView& host, const profile::Settings&) {
  if (const auto blind = hidden(host, efi_folder)) return *blind;
  if (!is_there(host, efi_folder)) return passed("no UEFI, so no Secure Boot");
  const auto byte = efi_byte(host, secure_boot_variable);
  if (!byte) return unknown("the variable SecureBoot cannot be read");
  if (*byte == 0) return passed("Secure Boot is off");
  if (!has_out_of_tree_driver(host)) return passed("Secure Boot is on, which the kernel's own driver does not mind");
  return failed("Secure Boot is on and an SGX driver from outside the kernel is installed: it is refused unless it is signed",
                remedy("driver_remove"), {"B5"});
}

Observation look_at_microcode(const host::HostView& host, const profile::Settings& settings) {
  const auto info = read_cpu_info(host);
  if (!info || info->microcodes.empty()) return unknown("/proc/cpuinfo names no microcode revision");
  if (is_guest(host, settings)) return unknown("the revision shown in a virtual machine is the hypervisor's word");
  std::string revisions;
  for (const auto& revision : info->microcodes) revisions += (revisions.empty() ? "" : ", ") + safe(revision, 24);
  if (info->microcodes.size() > 1)
    return warned("processors have different microcode: " + revisions, remedy("firmware_update"), {"A12"});
  const auto log = host.devices().kernel_log();
  const bool by_os = log && *log &&
                     ((*log)->raw().find("microcode: Updated early") != std::string_view::npos ||
                      (*log)->raw().find("microcode updated early") != std::string_view::npos);
  const auto signature = facts_of(host, settings).signature.value_or(0);
  const bool needs_firmware = signature == 0x606a6 || signature == 0x606c1;  // advisory INTEL-SA-00738
  if (by_os && needs_firmware)
    return warned("revision " + revisions +
                      " was loaded by the operating system, which does not raise the SGX security level of this processor",
                  remedy("firmware_update"), {"A12"});
  return passed("revision " + revisions + (by_os ? ", loaded by the operating system" : ""));
}

Observation look_at_threads(const host::HostView& host, const profile::Settings& settings) {
  if (is_guest(host, settings)) return unknown(in_guest);
  const std::string active = trimmed_text(host, "/sys/devices/system/cpu/smt/active");
  if (active == "0") return passed("hyper-threading is off");
  if (active.empty()) return unknown("/sys/devices/system/cpu/smt/active cannot be read");
  return warned("hyper-threading is on: attestation may say ConfigurationNeeded", remedy("threads_off"), {"A14"});
}

Observation look_at_frequency(const host::HostView& host, const profile::Settings& settings) {
  if (is_guest(host, settings)) return unknown(in_guest);
  if (const auto blind = unreadable(host, "/sys/devices/system/cpu/cpufreq/policy0/scaling_driver")) return *blind;
  const std::string driver = trimmed_text(host, "/sys/devices/system/cpu/cpufreq/policy0/scaling_driver");
  const std::string no_turbo = trimmed_text(host, "/sys/devices/system/cpu/intel_pstate/no_turbo");
  if (driver.empty()) return passed("the kernel changes no processor frequency: SpeedStep is off");
  const std::string turbo = no_turbo == "0" ? ", turbo is on" : no_turbo == "1" ? ", turbo is off" : "";
  return warned("SpeedStep is on (" + safe(driver, 40) + ")" + turbo + ": attestation may say ConfigurationNeeded",
                remedy("frequency_off"));
}

Observation look_at_graphics(const host::HostView& host, const profile::Settings& settings) {
  if (is_guest(host, settings)) return unknown(in_guest);
  if (const auto blind = unreadable(host, "/sys/devices/pci0000:00/0000:00:02.0/vendor")) return *blind;
  // Intel's processor graphics is always function 0 of device 2 on the first bus.
  const std::string vendor = trimmed_text(host, "/sys/devices/pci0000:00/0000:00:02.0/vendor");
  const std::string kind = trimmed_text(host, "/sys/devices/pci0000:00/0000:00:02.0/class");
  if (vendor != "0x8086" || kind.rfind("0x03", 0) != 0) return passed("no graphics of the processor is active");
  return warned("the processor's graphics is active: attestation may say ConfigurationNeeded", remedy("graphics_off"), {"A14"});
}

Observation look_at_aes(const host::HostView& host, const profile::Settings&) {
  const auto info = read_cpu_info(host);
  if (!info || info->flags.empty()) return unknown("/proc/cpuinfo cannot be read");
  if (info->flags.count("aes") != 0) return passed("the processor's AES instructions are on");
  return warned("the processor's AES instructions are off", remedy("aes_on"));
}

}  // namespace cosigner::checks
