#include "unit/checks/breakages.hpp"

namespace cosigner::checks {
namespace {

using report::Outcome;

const std::string off = "   0x00000012 0x00: eax=0x00000000 ebx=0x00000000 ecx=0x00000000 edx=0x00000000\n";
const std::string on = "   0x00000012 0x00: eax=0x00000003 ebx=0x00000001 ecx=0x00000000 edx=0x0000381f\n";
const std::string virtual_machine = "ecx=0xfffa3203";
const std::string bare = "ecx=0x7ffa3203";
const char* efi_status = "/sys/firmware/efi/efivars/SOFTWAREGUARDSTATUS-9cb2e73f-7325-40f4-a484-659bb344c3cd";

void switch_off(SoundMachine& m) { m.processor(changed(sound_cpuid, on, off)); }
void make_guest(SoundMachine& m) { m.processor(changed(sound_cpuid, bare, virtual_machine)); }
void put_efi(SoundMachine& m, char value) { m.put(efi_status, std::string("\6\0\0\0", 4) + value); }

const std::set<std::string> firmware_unknowns = {"firmware.production", "firmware.microcode", "firmware.threads",
                                                 "firmware.frequency",  "firmware.graphics",  "machine.place"};

std::vector<Breakage> processor_breakages() {
  return {
      {"a processor of AMD",
       [](SoundMachine& m) {
         m.processor(
             "CPU:\n   0x00000000 0x00: eax=0x00000010 ebx=0x68747541 ecx=0x444d4163 edx=0x69746e65\n   0x00000007 0x00: eax=0x0 "
             "ebx=0x0 ecx=0x0 edx=0x0\n");
       },
       "cpu.vendor",
       Outcome::fail,
       {"A1"},
       {"machine.place"}},
      {"a processor without SGX",
       [](SoundMachine& m) { m.processor(changed(sound_cpuid, "ebx=0xf1bf2fbf", "ebx=0xf1bf2fbb")); },
       "cpu.sgx",
       Outcome::fail,
       {"A1"},
       {"firmware.sgx"}},
      {"an old processor whose leaf 0x12 lies",
       [](SoundMachine& m) {
         m.processor(changed(changed(sound_cpuid, "eax=0x0000001b", "eax=0x0000000d"), "ebx=0xf1bf2fbf", "ebx=0xf1bf2fbb"));
       },
       "cpu.sgx",
       Outcome::fail,
       {"A1", "A10"},
       {"firmware.sgx"}},
      {"a hypervisor that hides SGX",
       [](SoundMachine& m) {
         m.processor(changed(changed(sound_cpuid, bare, virtual_machine), "ebx=0xf1bf2fbf", "ebx=0xf1bf2fbb"));
       },
       "cpu.sgx",
       Outcome::fail,
       {"A11"},
       {"firmware.sgx", "firmware.microcode", "firmware.threads", "firmware.frequency", "firmware.graphics", "machine.place"}},
      {"SGX off in the firmware",
       [](SoundMachine& m) {
         switch_off(m);
         m.host.model.msrs[0x3A] = 1;
       },
       "firmware.sgx",
       Outcome::fail,
       {"A2"},
       {"cpu.sgx"}},
      {"SGX off by the status variable alone",
       [](SoundMachine& m) {
         switch_off(m);
         m.host.model.msrs.erase(0x3A);
         put_efi(m, 0);
       },
       "firmware.sgx",
       Outcome::fail,
       {"A2"},
       {"cpu.sgx"}},
      {"SGX off, and nothing says why",
       [](SoundMachine& m) {
         switch_off(m);
         m.host.model.msrs.erase(0x3A);
       },
       "firmware.sgx",
       Outcome::unknown,
       {},
       {"cpu.sgx"}},
      {"SGX under software control",
       [](SoundMachine& m) {
         switch_off(m);
         m.host.model.msrs[0x3A] = 1;
         put_efi(m, 2);
       },
       "firmware.sgx",
       Outcome::fail,
       {"A3"},
       {"cpu.sgx"}},
      {"SGX enabled but not active",
       [](SoundMachine& m) {
         switch_off(m);
         put_efi(m, 1);
       },
       "firmware.sgx",
       Outcome::fail,
       {"A5"},
       {"cpu.sgx"}},
      {"SGX off in a virtual machine",
       [](SoundMachine& m) { m.processor(changed(changed(sound_cpuid, on, off), bare, virtual_machine)); },
       "cpu.sgx",
       Outcome::fail,
       {"A11"},
       {"firmware.sgx", "firmware.microcode", "firmware.threads", "firmware.frequency", "firmware.graphics", "machine.place"}},
      {"logical processors that differ",
       [](SoundMachine& m) {
         auto& cpus = m.host.model.cpuid;
         cpus.push_back(cpus.front());
         cpus.back().leaves.erase(cpus.back().leaves.begin() + 3, cpus.back().leaves.end());
       },
       "cpu.alike",
       Outcome::warn,
       {}},
      {"no launch control",
       [](SoundMachine& m) { m.processor(changed(sound_cpuid, "ecx=0x40415f46", "ecx=0x00415f46")); },
       "cpu.flc",
       Outcome::fail,
       {"A8", "B18", "D23"}},
      {"a locked launch key",
       [](SoundMachine& m) { m.host.model.msrs[0x3A] = 0x40001; },
       "firmware.launch",
       Outcome::fail,
       {"A6"}},
      {"enclave memory of an unusual property",
       [](SoundMachine& m) {
         m.processor(changed(sound_cpuid, "ecx=0x00000001 edx=0x00000002", "ecx=0x00000003 edx=0x00000002"));
       },
       "cpu.epc",
       Outcome::pass,
       {"A9"}},
      {"no enclave memory",
       [](SoundMachine& m) {
         m.processor(changed(sound_cpuid, "ecx=0x00000001 edx=0x00000002", "ecx=0x00000001 edx=0x00000000"));
       },
       "cpu.epc",
       Outcome::fail,
       {}},
      {"a kernel that took only half of the enclave memory",
       [](SoundMachine& m) { m.put("/sys/devices/system/node/node0/x86/sgx_total_bytes", "4294967296\n"); },
       "kernel.epc",
       Outcome::warn,
       {}},
      {"a kernel that took none",
       [](SoundMachine& m) { m.put("/sys/devices/system/node/node0/x86/sgx_total_bytes", "0\n"); },
       "kernel.epc",
       Outcome::fail,
       {"A2"}},
      {"a pre-production part",
       [](SoundMachine& m) { m.host.model.msrs[0x503] = 1; },
       "firmware.production",
       Outcome::fail,
       {"F5"}},
      {"registers that cannot be read",
       [](SoundMachine& m) { m.host.model.msrs.clear(); },
       "firmware.production",
       Outcome::unknown,
       {}},
      {"a virtual machine", make_guest, "firmware.threads", Outcome::unknown, {}, firmware_unknowns},
      {"microcode of the operating system",
       [](SoundMachine& m) { m.host.model.kernel_log = "microcode: Updated early from: 0xd000375\n"; },
       "firmware.microcode",
       Outcome::warn,
       {"A12"}},
      {"two revisions of microcode",
       [](SoundMachine& m) {
         m.put("/proc/cpuinfo", "physical id : 0\nmicrocode : 0x1\nflags : aes\n\nphysical id : 0\nmicrocode : 0x2\n");
       },
       "firmware.microcode",
       Outcome::warn,
       {"A12"}},
      {"hyper-threading",
       [](SoundMachine& m) { m.put("/sys/devices/system/cpu/smt/active", "1\n"); },
       "firmware.threads",
       Outcome::warn,
       {"A14"}},
      {"SpeedStep",
       [](SoundMachine& m) { m.put("/sys/devices/system/cpu/cpufreq/policy0/scaling_driver", "intel_pstate\n"); },
       "firmware.frequency",
       Outcome::warn,
       {}},
      {"processor graphics",
       [](SoundMachine& m) {
         m.put("/sys/devices/pci0000:00/0000:00:02.0/vendor", "0x8086\n");
         m.put("/sys/devices/pci0000:00/0000:00:02.0/class", "0x030000\n");
       },
       "firmware.graphics",
       Outcome::warn,
       {"A14"}},
      {"AES instructions off",
       [](SoundMachine& m) { m.put("/proc/cpuinfo", "physical id : 0\nmicrocode : 0x1\nflags : fpu\n"); },
       "firmware.aes",
       Outcome::warn,
       {}},
      {"legacy boot of two sockets",
       [](SoundMachine& m) {
         m.host.model.entries.erase("/sys/firmware/efi/efivars");
         m.drop("/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c");
         m.put("/proc/cpuinfo", "physical id : 0\nmicrocode : 0x1\nflags : aes\n\nphysical id : 1\nmicrocode : 0x1\n");
       },
       "firmware.boot",
       Outcome::warn,
       {"F1"},
       {"platform.registered"}},
      {"Secure Boot and a driver from outside",
       [](SoundMachine& m) { m.put_folder("/var/lib/dkms/sgx"); },
       "firmware.secure_boot",
       Outcome::fail,
       {"B5"},
       {"kernel.dkms"}},
  };
}

std::vector<Breakage> kernel_breakages() {
  return {
      {"a kernel before 5.11",
       [](SoundMachine& m) { m.put("/proc/sys/kernel/osrelease", "5.4.0-42-generic\n"); },
       "os.kernel",
       Outcome::fail,
       {"B1"}},
      {"nosgx", [](SoundMachine& m) { m.put("/proc/cmdline", "ro nosgx quiet\n"); }, "kernel.parameters", Outcome::fail, {"B2"}},
      {"a kernel built without SGX",
       [](SoundMachine& m) {
         m.put("/boot/config-6.8.0-49-generic", "# CONFIG_X86_SGX is not set\n");
         m.host.model.devices.clear();
         m.drop("/dev/sgx_enclave");
         m.drop("/dev/sgx_provision");
       },
       "kernel.config",
       Outcome::fail,
       {"B2"},
       {"dev.enclave", "dev.generations", "dev.modes", "dev.enclave_user", "dev.provision_user", "cosigner.devices"}},
      {"the module isgx",
       [](SoundMachine& m) { m.put("/proc/modules", "isgx 49152 2 - Live 0x0\n"); },
       "kernel.modules",
       Outcome::fail,
       {"B3"},
       {"firmware.secure_boot"}},
      {"the module intel_sgx on a new kernel",
       [](SoundMachine& m) { m.put("/proc/modules", "intel_sgx 49152 2 - Live 0x0\n"); },
       "kernel.modules",
       Outcome::fail,
       {"B3"},
       {"firmware.secure_boot"}},
      {"the module intel_sgx without launch control",
       [](SoundMachine& m) {
         m.put("/proc/modules", "intel_sgx 49152 2 - Live 0x0\n");
         m.processor(changed(sound_cpuid, "ecx=0x40415f46", "ecx=0x00415f46"));
       },
       "kernel.modules",
       Outcome::fail,
       {"B6"},
       {"cpu.flc", "firmware.secure_boot"}},
      {"a DKMS driver",
       [](SoundMachine& m) {
         m.put_folder("/var/lib/dkms/sgx");
         m.put("/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", std::string("\6\0\0\0\0", 5));
       },
       "kernel.dkms",
       Outcome::warn,
       {"B4"}},
      {"a kernel log that may not be read",
       [](SoundMachine& m) { m.host.model.kernel_log.reset(); },
       "kernel.log",
       Outcome::unknown,
       {}},
      {"little memory",
       [](SoundMachine& m) { m.put("/proc/meminfo", "MemTotal: 2000000 kB\n"); },
       "machine.ram",
       Outcome::fail,
       {}},
      {"few processors",
       [](SoundMachine& m) { m.put("/sys/devices/system/cpu/online", "0-1\n"); },
       "machine.cores",
       Outcome::warn,
       {}},
      {"little disk", [](SoundMachine& m) { m.host.model.free_space = 30'000'000'000; }, "machine.disk", Outcome::warn, {}},
      {"an unknown system",
       [](SoundMachine& m) { m.put("/etc/os-release", "ID=arch\n"); },
       "os.known",
       Outcome::fail,
       {},
       {"net.sgx_packages", "net.engine_packages", "os.support"}},
      {"a clock that nothing keeps",
       [](SoundMachine& m) {
         m.host.model.clock_sync = {false, std::chrono::microseconds(1)};
       },
       "clock.synchronised",
       Outcome::warn,
       {"E30"}},
      {"a clock that servers contradict",
       [](SoundMachine& m) { m.host.model.server_time = m.host.model.now + std::chrono::seconds(90); },
       "clock.servers",
       Outcome::fail,
       {"E30"}},
      {"servers that say no time",
       [](SoundMachine& m) { m.host.model.server_time.reset(); },
       "clock.servers",
       Outcome::unknown,
       {}},
      {"Alibaba Cloud without a region",
       [](SoundMachine& m) { m.put("/sys/devices/virtual/dmi/id/sys_vendor", "Alibaba Cloud\n"); },
       "machine.region",
       Outcome::warn,
       {},
       {"qcnl.owner"}},
  };
}

std::vector<Breakage> node_breakages() {
  return {
      {"/dev noexec",
       [](SoundMachine& m) { m.host.model.mounts[1].options.push_back("noexec"); },
       "dev.exec",
       Outcome::fail,
       {"B12"}},
      {"no enclave device",
       [](SoundMachine& m) {
         m.host.model.devices.erase("/dev/sgx_enclave");
         m.drop("/dev/sgx_enclave");
         m.put_device("/dev/sgx_vepc", 106);
       },
       "dev.generations",
       Outcome::fail,
       {"A7"},
       {"dev.enclave", "dev.enclave_user", "cosigner.devices"}},
      {"an enclave device that this user may not open",
       [](SoundMachine& m) { m.host.model.devices["/dev/sgx_enclave"] = host::OpenResult::permission_denied; },
       "dev.enclave",
       Outcome::unknown,
       {"B9"}},
      {"a provisioning device that this user may not open",
       [](SoundMachine& m) { m.host.model.devices["/dev/sgx_provision"] = host::OpenResult::permission_denied; },
       "dev.provision",
       Outcome::unknown,
       {"B9"}},
      {"a device without hardware",
       [](SoundMachine& m) { m.host.model.devices["/dev/sgx_enclave"] = host::OpenResult::no_device; },
       "dev.enclave",
       Outcome::fail,
       {}},
      {"two generations of devices",
       [](SoundMachine& m) { m.put_device("/dev/isgx", 0); },
       "dev.generations",
       Outcome::fail,
       {"B3"}},
      {"the EPID driver's device alone",
       [](SoundMachine& m) {
         m.host.model.devices = {{"/dev/isgx", host::OpenResult::opened}};
         m.drop("/dev/sgx_enclave");
         m.drop("/dev/sgx_provision");
         m.put_device("/dev/isgx", 0);
       },
       "dev.enclave",
       Outcome::fail,
       {"B3"},
       {"dev.generations", "dev.modes", "dev.enclave_user", "dev.provision_user", "cosigner.devices"}},
      {"devices open to everybody",
       [](SoundMachine& m) { m.put_device("/dev/sgx_enclave", 106, 0666); },
       "dev.modes",
       Outcome::warn,
       {"B20"}},
      {"an old udev rule",
       [](SoundMachine& m) { m.put("/etc/udev/rules.d/91-sgx-enclave.rules", ""); },
       "dev.modes",
       Outcome::warn,
       {"B20"}},
      {"a user outside the group sgx",
       [](SoundMachine& m) { m.host.model.groups["sgx"].members.clear(); },
       "dev.enclave_user",
       Outcome::fail,
       {"B8"}},
      {"a provisioning device without its hardware",
       [](SoundMachine& m) { m.host.model.devices["/dev/sgx_provision"] = host::OpenResult::no_device; },
       "dev.provision",
       Outcome::fail,
       {}},
      {"a clock from before this program",
       [](SoundMachine& m) {
         m.host.model.now -= std::chrono::hours(24 * 60);
         m.host.model.server_time = m.host.model.now;
       },
       "clock.sane",
       Outcome::fail,
       {}},
      {"a user outside the group sgx_prv",
       [](SoundMachine& m) { m.host.model.groups["sgx_prv"].members = {"aesmd"}; },
       "dev.provision_user",
       Outcome::fail,
       {"B10"}},
      {"a user that is not there",
       [](SoundMachine& m) { m.settings.answers.sgx_user = "nobody7"; },
       "dev.enclave_user",
       Outcome::fail,
       {},
       {"dev.provision_user"}},
      {"no group sgx_prv",
       [](SoundMachine& m) {
         m.host.model.groups.erase("sgx_prv");
         m.put_device("/dev/sgx_provision", 0, 0600);
       },
       "dev.group",
       Outcome::fail,
       {"B11"},
       {"aesm.account", "dev.provision_user"}},
      {"a provisioning device of another group",
       [](SoundMachine& m) {
         m.put_device("/dev/sgx_provision", 106);
         m.host.model.users["aesmd"].gid = 106;
       },
       "dev.group",
       Outcome::warn,
       {"B10"}},
  };
}

}  // namespace

std::vector<Breakage> hardware_breakages() {
  std::vector<Breakage> all = processor_breakages();
  for (const auto& more : {kernel_breakages(), node_breakages()}) all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace cosigner::checks
