#include "installer/stages/hardware.hpp"

#include <catch2/catch.hpp>

#include "host_scene.hpp"
#include "sgx/cpuid_text.hpp"

using namespace cosigner;
using namespace cosigner::scene;
using System = HostScene::System;

namespace {

report::RunReport converge(HostScene& scene) {
  const auto stage = stages::make_hardware_stage();
  return scene.run({stage.get()});
}

/// Changes one register of a leaf.
void set(HostScene& scene, std::uint32_t leaf, std::uint32_t subleaf, const host::CpuidRegisters& registers) {
  for (auto& entry : scene.host.model.cpuid.front().leaves) {
    if (entry.leaf == leaf && entry.subleaf == subleaf) entry.registers = registers;
  }
}

using Spoil = std::function<void(HostScene&)>;

struct Refusal {
  std::string code;
  Spoil spoil;
};

const std::vector<Refusal>& refusals() {
  static const std::vector<Refusal> all = {
      {"hardware.not_intel", [](HostScene& s) { set(s, 0, 0, {0x1b, 0x68747541, 0x444d4163, 0x69746e65}); }},
      {"hardware.sgx_not_offered", [](HostScene& s) { set(s, 7, 0, {1, 0, 0x40000000, 0}); }},
      {"hardware.sgx_off_in_firmware", [](HostScene& s) { set(s, 0x12, 0, {}); }},
      {"hardware.launch_control_missing", [](HostScene& s) { set(s, 7, 0, {1, 4, 0, 0}); }},
      {"hardware.epc_too_small", [](HostScene& s) { set(s, 0x12, 2, {0x70200001, 0, 0x01000001, 0}); }},
      {"hardware.ram_too_small", [](HostScene& s) { s.put("/proc/meminfo", "MemTotal: 2000000 kB\n"); }},
      {"hardware.disk_too_small", [](HostScene& s) { s.host.model.free_space = 1'000'000'000; }},
      {"hardware.os_unknown", [](HostScene& s) { s.put("/etc/os-release", "ID=\"other\"\nVERSION_ID='1'\n"); }},
      {"hardware.kernel_too_old", [](HostScene& s) { s.put("/proc/sys/kernel/osrelease", "5.10.0-26-amd64\n"); }},
      {"hardware.clock_wrong", [](HostScene& s) { s.host.model.now = *parse_time("2020-01-01T00:00:00Z"); }},
  };
  return all;
}

}  // namespace

TEST_CASE("a good machine passes, without steps") {
  for (const auto system : {System::ubuntu, System::debian}) {
    HostScene scene(system);
    const auto report = converge(scene);
    CHECK(scene.error_of(report).empty());
    CHECK(report.effects == 0);
    CHECK(scene.host.log.calls().empty());
  }
}

TEST_CASE("each thing that rules a machine out has its code, evidence and remedy, and ends with exit 3") {
  for (const auto& [code, spoil] : refusals()) {
    INFO(code);
    HostScene scene(System::ubuntu);
    spoil(scene);
    const auto report = converge(scene);
    CHECK(scene.error_of(report) == code);
    CHECK(static_cast<int>(report::exit_code_of(report)) == 3);
    CHECK_FALSE(report.stages.front().error->message.empty());
    CHECK_FALSE(report.stages.front().error->remedy.empty());
  }
}

TEST_CASE("a waived check is a warning that says so") {
  HostScene scene(System::ubuntu);
  scene.host.model.free_space = 1'000'000'000;
  scene.settings.answers.waive = {"machine.disk"};
  const auto report = converge(scene);
  CHECK(scene.error_of(report).empty());
  bool is_told = false;
  for (const auto& finding : report.stages.front().findings) {
    is_told = is_told || (finding.id == "machine.disk" && finding.outcome == report::Outcome::warn && finding.evidence.find("waived") != std::string::npos);
  }
  CHECK(is_told);
}

TEST_CASE("what follows from a failed check is skipped, and says because of which") {
  HostScene scene(System::ubuntu);
  set(scene, 7, 0, {1, 0, 0, 0});
  const auto stage = stages::make_hardware_stage();
  for (const auto& finding : scene.look(*stage).findings) {
    if (finding.parent != "cpu.sgx") continue;
    CHECK(finding.outcome == report::Outcome::skip);
    CHECK(finding.because.find("cpu.sgx") != std::string::npos);
  }
}

TEST_CASE("a simulation profile's dump is judged instead of the processor, and every sentence about it says so") {
  HostScene scene(System::ubuntu);
  scene.host.model.cpuid.clear();
  scene.settings.profile.simulation_cpuid = "/root/dump.txt";
  scene.put("/root/dump.txt", "CPU:\n   0x00000000 0x00: eax=0x0000001b ebx=0x756e6547 ecx=0x6c65746e edx=0x49656e69\n"
                              "   0x00000007 0x00: eax=0x00000000 ebx=0x00000004 ecx=0x40000000 edx=0x00000000\n"
                              "   0x00000012 0x00: eax=0x00000000 ebx=0x00000000 ecx=0x00000000 edx=0x00000000\n");
  CHECK(scene.error_of(converge(scene)).empty());  // not a simulation: the file is not read, and nothing is known
  scene.settings.profile.simulation = true;
  const auto report = converge(scene);
  CHECK(scene.error_of(report) == "hardware.sgx_off_in_firmware");
  for (const auto& finding : report.stages.front().findings) {
    if (finding.id == "cpu.vendor" || finding.id == "cpu.sgx") CHECK(finding.evidence.find("SIMULATION") == 0);
  }
}

TEST_CASE("what the set-up itself used up does not rule out the machine that it set up") {
  HostScene scene(System::ubuntu);
  scene.host.model.free_space = 15'000'000'000;
  const auto checked = stages::probe_hardware(scene.host, {scene.settings, state::Ledger(), ""});
  REQUIRE(checked.ok());
  state::Ledger ledger;
  CHECK(stages::plan_hardware(*checked, {scene.settings, ledger, ""}).blocked->code == "hardware.disk_too_small");
  state::LedgerEntry entry;
  entry.kind = "image";
  ledger.entries["image x"] = entry;
  CHECK_FALSE(stages::plan_hardware(*checked, {scene.settings, ledger, ""}).blocked.has_value());
}

TEST_CASE("in a virtual machine without SGX the refusal says what the side of the host must provide, or that the cloud has none") {
  struct Row {
    const char* vendor;
    const char* product;
    const char* asset;
    std::vector<std::string> says;
  };
  const std::vector<Row> rows = {{"VMware, Inc.", "VMware20,1", "", {"vSphere", "hardware version 17", "EFI", "Unlocked"}},
                                 {"QEMU", "Standard PC (Q35 + ICH9, 2009)", "", {"CONFIG_X86_SGX_KVM", "memory-backend-epc", "sgx-provisionkey", "sgx-epc"}},
                                 {"Microsoft Corporation", "Virtual Machine", "7783-7084-3265-9085-8269-3286-77", {"DCsv3", "generation 2"}},
                                 {"Alibaba Cloud", "Alibaba Cloud ECS", "", {"g7t", "UEFI"}},
                                 {"IBM:Cloud Compute Server 1.0", "x", "ibmcloud", {"IBM Cloud"}},
                                 {"Amazon EC2", "m5.large", "", {"no SGX", "elsewhere"}},
                                 {"Google", "Google Compute Engine", "", {"no SGX", "elsewhere"}},
                                 {"Unheard of", "", "", {"vSphere 7", "sgx-epc"}}};
  for (const Row& row : rows) {
    for (const bool is_offered : {false, true}) {
      INFO(row.vendor << " " << is_offered);
      HostScene scene(System::ubuntu);
      const std::string dmi = "/sys/devices/virtual/dmi/id/";
      scene.put(dmi + "sys_vendor", std::string(row.vendor) + "\n");
      scene.put(dmi + "product_name", std::string(row.product) + "\n");
      scene.put(dmi + "chassis_asset_tag", std::string(row.asset) + "\n");
      if (is_offered) set(scene, 0x12, 0, {});
      else set(scene, 7, 0, {1, 0, 0x40000000, 0});
      const auto report = converge(scene);
      CHECK(scene.error_of(report) == (is_offered ? "hardware.sgx_off_in_firmware" : "hardware.sgx_not_offered"));
      for (const auto& words : row.says) CHECK_THAT(report.stages.front().error->remedy, Catch::Contains(words));
    }
  }
}

TEST_CASE("on bare metal the refusal speaks of firmware and hardware, wherever it was bought") {
  HostScene scene(System::ubuntu);
  scene.put("/sys/devices/virtual/dmi/id/sys_vendor", "IBM\n");
  set(scene, 1, 0, {0x606a6, 0, 0x7ffa3203, 0});
  set(scene, 0x12, 0, {});
  CHECK_THAT(converge(scene).stages.front().error->remedy, Catch::Contains("firmware"));
}
