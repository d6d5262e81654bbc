#include "old_host.hpp"

#include <catch2/catch.hpp>

#include "installer/stages/resume_end.hpp"
#include "installer/stages/sgx_packages.hpp"
#include "state/journal.hpp"

namespace cosigner::scene {
namespace {

using kit::MachineModel;

void put_file(MachineModel& model, const std::string& file) { model.entries[file] = {host::FileKind::regular, {{0644}, {}}, "", model.now}; }

void unpack_kernel(MachineModel& model) {
  put_file(model, "/boot/vmlinuz-" + new_release);
  put_file(model, "/lib/modules/" + new_release + "/kernel/mm/zram.ko");
}

/// The scripts make what the boot loader needs beside the image.
void configure_kernel(MachineModel& model) { put_file(model, new_initrd); }

/// What lies below these is in memory.
bool is_in_memory(const std::string& path) { return path.rfind("/run/", 0) == 0 || path.rfind("/dev/", 0) == 0; }

}  // namespace

OldHost::OldHost() : HostScene(System::ubuntu) {
  put("/usr/lib/os-release", "PRETTY_NAME=\"Ubuntu 20.04.6 LTS\"\nID=ubuntu\nVERSION_ID=\"20.04\"\n");
  put("/proc/sys/kernel/osrelease", old_release + "\n");
  put("/boot/vmlinuz-" + old_release, "");
  put("/lib/modules/" + old_release + "/kernel/mm/zram.ko", "");
  put("/sys/devices/virtual/dmi/id/sys_vendor", "Alibaba Cloud\n");
  put("/sys/devices/virtual/dmi/id/product_name", "Alibaba Cloud ECS\n");
  put("/run/cloud-init/instance-data.json", "{\"v1\": {\"cloud_name\": \"aliyun\", \"region\": \"cn-hangzhou\"}}");
  const std::string provider = "sgx-dcap-server-vpc.cn-hangzhou.aliyuncs.com";
  host.model.addresses[provider] = {"100.100.0.1"};
  serve("https://" + provider + "/sgx/certification/v4/qe/identity", some_identity);
  serve("https://download.01.org/intel-sgx/sgx_repo/ubuntu/dists/focal/InRelease", key_fixture("suite.InRelease"));
  host.model.devices.clear();
  host.model.available[new_image] = {"5.15.0-139.149~20.04.1", "", {}, configure_kernel, unpack_kernel};
  host.model.available[newer_kernel] = {"5.15.0.139.149", "", {new_image}, {}, [](MachineModel&) {}};
}

report::RunReport OldHost::run_all() {
  report::RunReport report = HostScene::run_all();
  const auto end = stages::make_resume_end_stage(stages::ends_resuming(report::exit_code_of(report)));
  if (look(*end).steps.empty()) return report;
  const auto ended = run({end.get()});
  REQUIRE(has_ended_well(ended));
  report.effects += ended.effects;
  return report;
}

void OldHost::reboot() {
  MachineModel& model = host.model;
  const std::string cloud = file("/run/cloud-init/instance-data.json");
  for (auto at = model.entries.begin(); at != model.entries.end();) at = is_in_memory(at->first) ? model.entries.erase(at) : std::next(at);
  put("/run/cloud-init/instance-data.json", cloud);
  put("/run/systemd/system/x", "");  // systemd's own folder
  model.entries.erase("/run/systemd/system/x");
  model.entries.erase("/proc/modules");
  model.boot_id.back() = static_cast<char>(model.boot_id.back() + 1);
  model.sockets.clear();
  for (auto& [name, unit] : model.units) {
    const bool is_enabled = unit.state.enabled == "enabled";
    if (unit.state.found && model.entries.count("/etc/systemd/system/" + name) == 0 && name.rfind("cosigner-", 0) == 0) unit.state.found = false;
    unit.state.needs_reload = false;
    unit.state.active = is_enabled ? "active" : "inactive";
    if (is_enabled && unit.started) unit.started(model);
  }
  if (boots_old_kernel || model.entries.count("/boot/vmlinuz-" + new_release) == 0 || model.entries.count(new_initrd) == 0) return;
  put("/proc/sys/kernel/osrelease", new_release + "\n");
  model.devices[device_of_new_kernel] = host::OpenResult::opened;
  model.devices["/dev/sgx_provision"] = host::OpenResult::opened;
}

}  // namespace cosigner::scene
