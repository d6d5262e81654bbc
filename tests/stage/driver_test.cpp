#include "installer/stages/sgx_driver.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "base/crypto.hpp"
#include "installer/stages/hardware.hpp"
#include "old_host.hpp"
#include "profile/this_platform.hpp"

using namespace cosigner;
using namespace cosigner::scene;

namespace {

using Ids = std::vector<std::string>;

constexpr const char* driver_file = "/root/sgx_linux_x64_driver_1.41.bin";
constexpr const char* secure_boot = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";

std::string blocked_by(HostScene& scene) {
  const auto plan = look_at_sgx_packages(scene);
  return plan.blocked ? plan.blocked->code : "";
}

/// An old kernel, and the answers want the driver of the operator's file, which the kernel's headers are there to build.
struct OutOfTree : OldHost {
  OutOfTree() {
    put(driver_file, "the driver's installer");
    settings.answers.sgx_driver = "out-of-tree";
    settings.answers.sgx_driver_file = driver_file;
    settings.answers.sgx_driver_sha256 = sha256_hex("the driver's installer");
    for (const char* name : {"dkms", "gcc", "make"}) host.model.available[name] = {"1", "", {}, {}};
    host.model.available["linux-headers-" + old_release] = {"1", "", {}, {}};
    host.model.driver_installer = [](kit::MachineModel& model) {
      model.devices["/dev/sgx/enclave"] = host::OpenResult::opened;
      model.devices["/dev/sgx/provision"] = host::OpenResult::opened;
      model.entries["/var/lib/dkms/sgx/1.41/source"] = {host::FileKind::regular, {{0644}, {}}, "", model.now};
    };
  }
};

void put_legacy(HostScene& scene, const std::string& release) {
  scene.put("/var/lib/dkms/isgx/2.11.0/source", "");
  scene.put("/lib/modules/" + release + "/updates/dkms/isgx.ko", "");
  scene.put("/lib/modules/" + release + "/kernel/drivers/intel/sgx/isgx.ko.xz", "");
  scene.put("/lib/modules/" + release + "/kernel/mm/zram.ko", "");
  scene.put("/lib/modules/" + release + "/modules.dep", "kernel/mm/zram.ko:\nupdates/dkms/isgx.ko:\n");
  scene.put("/etc/modules", "# own\nloop\nisgx\n");
  scene.put("/etc/modules-load.d/sgx.conf", "isgx\n");
  scene.put("/opt/intel/sgxdriver/uninstall.sh", "#!/bin/sh\ntouch /ran\n", {{0755}, {}});
}

}  // namespace

TEST_CASE("a kernel of 5.11 or newer has the driver: nothing to do, and it is said") {
  HostScene scene(HostScene::System::ubuntu);
  const auto findings = look_at_sgx_packages(scene).findings;
  const auto found = std::find_if(findings.begin(), findings.end(), [](const auto& finding) { return finding.id == "sgx.kernel"; });
  REQUIRE(found != findings.end());
  CHECK(found->outcome == report::Outcome::pass);
  CHECK(found->evidence.find("nothing to do") != std::string::npos);
  CHECK(stages::brings_driver("5.11.0-rc1") == true);
  CHECK(stages::brings_driver("5.10.251-1-amd64") == false);
  CHECK(stages::brings_driver("6.1.0-13-cloud-amd64") == true);
  CHECK_FALSE(stages::brings_driver("").has_value());
}

TEST_CASE("which package brings a newer kernel follows from the longest end of the release that the profile names") {
  profile::Platform platform;
  platform.kernels = {{"amd64", "plain"}, {"cloud-amd64", "cloud"}};
  CHECK(profile::kernel_package(platform, "5.10.0-26-cloud-amd64") == "cloud");
  CHECK(profile::kernel_package(platform, "5.10.0-26-amd64") == "plain");
  CHECK(profile::kernel_package(platform, "5.10.0-26-arm64").empty());
  CHECK(profile::kernel_package(platform, "amd64").empty());
}

TEST_CASE("each kind of Ubuntu 20.04's kernels that has a newer one gets it, and the kind that has none is refused") {
  OldHost scene;
  const std::map<std::string, std::string> kinds = {{"generic", newer_kernel}, {"lowlatency", "linux-lowlatency-hwe-20.04"}, {"aws", "linux-aws"}, {"azure", "linux-azure"}, {"gcp", "linux-gcp"}, {"ibm", "linux-ibm"}, {"oracle", "linux-oracle"}};
  for (const auto& [kind, package] : kinds) {
    INFO(kind);
    scene.put("/proc/sys/kernel/osrelease", "5.4.0-1106-" + kind + "\n");
    const auto plan = look_at_sgx_packages(scene);
    REQUIRE_FALSE(plan.steps.empty());
    const auto* install = std::get_if<engine::InstallPackages>(&plan.steps.back().payload);
    REQUIRE(install != nullptr);
    CHECK(install->request.names == Ids{package});
  }
  scene.put("/proc/sys/kernel/osrelease", "5.4.0-1106-kvm\n");
  CHECK(blocked_by(scene) == "hardware.kernel_too_old");
}

TEST_CASE("the hardware stage leaves an old kernel to be replaced or to get its driver, and refuses one of a kind that is not known") {
  const auto stage = stages::make_hardware_stage();
  OldHost scene;
  CHECK(code_of(scene.run({stage.get()})) == 0);
  scene.put("/proc/sys/kernel/osrelease", "5.4.0-26-strange\n");
  const auto report = scene.run({stage.get()});
  CHECK(scene.error_of(report) == "hardware.kernel_too_old");
  CHECK(code_of(report) == 3);
  CHECK(report.stages.back().error->message.find("5.4.0-26-strange") != std::string::npos);
  CHECK(report.stages.back().error->remedy.find("5.11") != std::string::npos);
  CHECK(blocked_by(scene) == "hardware.kernel_too_old");
  OutOfTree with_driver;
  with_driver.put("/proc/sys/kernel/osrelease", "5.4.0-26-strange\n");
  CHECK(code_of(with_driver.run({stage.get()})) == 0);
}

TEST_CASE("package lists are refreshed before the kernel only where they are old or do not offer it") {
  OldHost scene;
  CHECK(pending(scene) == Ids{"kernel-lists", "kernel"});
  scene.put("/var/lib/apt/lists/x", "");
  scene.host.model.entries["/var/lib/apt/lists"].modified = scene.host.model.now;
  CHECK(pending(scene) == Ids{"kernel"});
  scene.host.model.entries["/var/lib/apt/lists"].modified = scene.host.model.now - std::chrono::hours(8 * 24);
  CHECK(pending(scene) == Ids{"kernel-lists", "kernel"});
  scene.host.model.available.erase(newer_kernel);
  scene.host.model.entries["/var/lib/apt/lists"].modified = scene.host.model.now;
  CHECK(pending(scene) == Ids{"kernel-lists", "kernel"});
  const auto report = scene.run_all();
  CHECK(scene.error_of(report) == "packages.not_found");
  CHECK(code_of(report) == 12);
}

TEST_CASE("a kernel whose package run was cut off or failed is finished before it is counted on") {
  OldHost whole, scene;
  const auto scripts = scene.host.model.available.at(new_image).installed;
  SECTION("cut off") {
    REQUIRE(code_of(whole.run_all()) == 6);
    const auto calls = whole.host.log.calls();
    const auto unpack = std::find_if(calls.begin(), calls.end(), [](const std::string& call) { return call.find("packages.unpack") == 0; });
    REQUIRE(unpack != calls.end());
    kit::die(scene.host, {static_cast<int>(unpack - calls.begin()), kit::Fault::When::after, kit::Fault::What::die}, [&] { scene.run_all(); });
    scene.reboot();
  }
  SECTION("failed: no space in /boot") {
    scene.host.model.available.at(new_image).installed = [](kit::MachineModel& model) { model.packages.at(new_image).status = "half-configured"; };
    scene.run_all();
  }
  REQUIRE(scene.host.model.entries.count("/boot/vmlinuz-" + new_release) == 1);
  REQUIRE(scene.host.model.entries.count(new_initrd) == 0);
  scene.host.model.available.at(new_image).installed = scripts;
  const auto plan = look_at_sgx_packages(scene);
  CHECK(ids_of(plan) == Ids{"finish"});
  CHECK_FALSE(plan.waiting);
  CHECK(code_of(scene.run_all()) == 6);
  CHECK(scene.host.model.packages.at(newer_kernel).status == "installed");
  CHECK(scene.host.model.entries.count(new_initrd) == 1);
  scene.reboot();
  CHECK(code_of(scene.run_all()) == 0);
}

TEST_CASE("modules without an image are no kernel that can be started, unless /boot shows none at all") {
  OldHost scene;
  scene.put("/lib/modules/" + new_release + "/kernel/mm/zram.ko", "");
  CHECK(pending(scene) == Ids{"kernel-lists", "kernel"});
  scene.host.model.entries.erase("/boot/vmlinuz-" + old_release);
  CHECK(look_at_sgx_packages(scene).waiting.has_value());
}

TEST_CASE("the kernel's package of before is brought up to date, and where its newest one brings no newer kernel that is said") {
  OldHost scene;
  scene.host.model.packages[newer_kernel] = {newer_kernel, "5.4.0.26.32", "installed"};
  SECTION("a newer one is offered") {
    CHECK(code_of(scene.run_all()) == 6);
    scene.reboot();
    CHECK(code_of(scene.run_all()) == 0);
  }
  SECTION("none is") {
    scene.host.model.available[newer_kernel] = {"5.4.0.26.32", "", {}, {}};
    scene.put("/var/lib/apt/lists/x", "");
    scene.host.model.entries["/var/lib/apt/lists"].modified = scene.host.model.now;
    CHECK(blocked_by(scene) == "hardware.kernel_too_old");
    CHECK(look_at_sgx_packages(scene).blocked->message.find(newer_kernel) != std::string::npos);
  }
}

TEST_CASE("a newer kernel that was removed after its boot is installed anew, and only a reboot since then counts") {
  OldHost scene;
  REQUIRE(code_of(scene.run_all()) == 6);
  scene.boots_old_kernel = true;
  scene.reboot();
  REQUIRE(scene.error_of(scene.run_all()) == "sgx.kernel_not_booted");
  for (const auto& file : {"/boot/vmlinuz-" + new_release, new_initrd}) scene.host.model.entries.erase(file);
  for (const auto& name : {new_image, newer_kernel}) scene.host.model.packages.erase(name);
  CHECK(code_of(scene.run_all()) == 6);
  scene.boots_old_kernel = false;
  scene.reboot();
  CHECK(code_of(scene.run_all()) == 0);
}

TEST_CASE("the driver of the answers is built from the very bytes that were compared, and its copy is gone afterwards") {
  OutOfTree scene;
  CHECK(pending(scene) == Ids{"driver-build", "driver-staging", "driver-copy", "driver-install", "driver-copy-gone"});
  CHECK(code_of(scene.run_all()) == 0);
  const auto& calls = scene.host.log.calls();
  CHECK(std::count(calls.begin(), calls.end(), "kernel.run_driver_installer /var/lib/cosigner/staging/sgx-driver.bin") == 1);
  CHECK(scene.file("/var/lib/cosigner/staging/sgx-driver.bin").empty());
  CHECK(scene.host.model.packages.count("linux-headers-" + old_release) == 1);
  CHECK(scene.host.model.packages.count(newer_kernel) == 0);
  CHECK(scene.run_all().effects == 0);
}

TEST_CASE("a driver's file with another SHA-256 is not run, and both values are named; one that is exchanged meanwhile neither") {
  OutOfTree scene;
  SECTION("before") {
    scene.put(driver_file, "another file");
    CHECK(blocked_by(scene) == "sgx.driver_mismatch");
  }
  SECTION("absent") {
    scene.host.model.entries.erase(driver_file);
    CHECK(blocked_by(scene) == "sgx.driver_absent");
  }
  SECTION("meanwhile") {
    scene.host.model.available["gcc"].installed = [](kit::MachineModel& model) { model.entries.at(driver_file).content = "another file"; };
  }
  const auto report = scene.run_all();
  CHECK(code_of(report) == 12);
  if (scene.host.model.entries.count(driver_file) != 0) {
    CHECK(scene.error_of(report) == "sgx.driver_mismatch");
    CHECK(report.stages.back().error->message.find(sha256_hex("another file")) != std::string::npos);
    CHECK(report.stages.back().error->message.find(sha256_hex("the driver's installer")) != std::string::npos);
  }
  for (const auto& call : scene.host.log.calls()) CHECK(call.find("run_driver_installer") == std::string::npos);
}

TEST_CASE("a driver from outside is refused under Secure Boot and on a kernel that has one, with the way out") {
  OutOfTree scene;
  SECTION("Secure Boot") {
    scene.put(secure_boot, std::string("\x06\0\0\0\x01", 5));
    CHECK(blocked_by(scene) == "sgx.secure_boot");
    CHECK(look_at_sgx_packages(scene).blocked->remedy.find("mokutil") != std::string::npos);
    scene.put(secure_boot, std::string("\x06\0\0\0\0", 5));
    CHECK(blocked_by(scene).empty());
  }
  SECTION("a kernel with SGX") {
    scene.put("/proc/sys/kernel/osrelease", new_release + "\n");
    scene.host.model.devices["/dev/sgx_enclave"] = host::OpenResult::opened;
    CHECK(blocked_by(scene) == "sgx.driver_not_wanted");
    CHECK(look_at_sgx_packages(scene).steps.empty());
  }
}

TEST_CASE("an installer that ends well and brings no device is an error of its own, and its copy is taken away by the run that succeeds") {
  OutOfTree scene;
  const auto installer = scene.host.model.driver_installer;
  scene.host.model.driver_installer = {};
  const auto report = scene.run_all();
  CHECK(scene.error_of(report) == "sgx.driver_ineffective");
  CHECK(code_of(report) == 12);
  scene.host.model.driver_installer = installer;
  CHECK(code_of(scene.run_all()) == 0);
  CHECK(scene.file("/var/lib/cosigner/staging/sgx-driver.bin").empty());
}

TEST_CASE("a legacy driver is taken away with its DKMS entry, files and lines, its uninstall script is not run, and a loaded one needs a reboot") {
  HostScene scene(HostScene::System::ubuntu);
  const std::string release = "6.1.0-13-cloud-amd64";
  put_legacy(scene, release);
  const bool is_loaded = GENERATE(true, false);
  if (is_loaded) scene.put("/proc/modules", "loop 40960 0 - Live 0x0\nisgx 45056 2 - Live 0x0\n");
  CHECK(code_of(scene.run_all()) == (is_loaded ? 6 : 0));
  auto& entries = scene.host.model.entries;
  CHECK(scene.file("/etc/modules") == "# own\nloop\n");
  CHECK(scene.file("/etc/modules-load.d/sgx.conf").empty());
  CHECK(scene.file("/lib/modules/" + release + "/modules.dep") == "kernel/mm/zram.ko:\n");
  for (const std::string gone : {"/var/lib/dkms/isgx/2.11.0/source", "/opt/intel/sgxdriver/uninstall.sh", "/ran"}) CHECK(entries.count(gone) == 0);
  for (const auto& [path, entry] : entries) CHECK(path.find("isgx.ko") == std::string::npos);
  if (!is_loaded) {
    CHECK(scene.run_all().effects == 0);
    return;
  }
  entries.erase("/proc/modules");
  scene.host.model.boot_id.back() = '7';
  CHECK(code_of(scene.run_all()) == 0);
  CHECK(scene.run_all().effects == 0);
}

TEST_CASE("a module that is loaded again after the reboot is told, and is no loop of reboots") {
  HostScene scene(HostScene::System::ubuntu);
  scene.put("/proc/modules", "isgx 45056 2 - Live 0x0\n");
  CHECK(code_of(scene.run_all()) == 6);
  scene.host.model.boot_id.back() = '7';
  const auto report = scene.run_all();
  CHECK(scene.error_of(report) == "sgx.driver_still_loaded");
  CHECK(code_of(report) == 12);
}

TEST_CASE("the DCAP driver from outside stays while an old kernel needs it, and goes like a legacy one when the kernel has its own") {
  OutOfTree scene;
  scene.host.model.available[newer_kernel].installed = {};
  REQUIRE(code_of(scene.run_all()) == 0);
  for (const auto& file : {"/boot/vmlinuz-" + new_release, new_initrd}) scene.put(file, "");
  scene.put("/lib/modules/" + new_release + "/updates/dkms/intel_sgx.ko", "");
  scene.put("/etc/modules-load.d/intel_sgx.conf", "intel_sgx\n");
  CHECK(scene.run_all().effects == 0);
  scene.settings.answers.sgx_driver = "auto";
  CHECK(code_of(scene.run_all()) == 6);  // the newer kernel is there and does not run
  scene.host.model.devices.clear();
  scene.reboot();
  CHECK(code_of(scene.run_all()) == 0);
  CHECK(scene.host.model.entries.count("/var/lib/dkms/sgx/1.41/source") == 0);
  CHECK(scene.host.model.entries.count("/lib/modules/" + new_release + "/updates/dkms/intel_sgx.ko") == 0);
  CHECK(scene.file("/etc/modules-load.d/intel_sgx.conf").empty());
  CHECK(scene.run_all().effects == 0);
}

TEST_CASE("whatever step of a legacy driver's removal was done already, the rest follows") {
  HostScene scene(HostScene::System::ubuntu);
  const std::string release = "6.1.0-13-cloud-amd64";
  SECTION("only the index names it") { scene.put("/lib/modules/" + release + "/modules.dep", "updates/dkms/isgx.ko:\n"); }
  SECTION("only a line") { scene.put("/etc/modules", "isgx\n"); }
  SECTION("only the package") { scene.host.model.packages["intel-sgx-dkms"] = {"intel-sgx-dkms", "2.11-1", "installed"}; }
  SECTION("only the folder") { scene.put("/opt/intel/sgxdriver/package/x", ""); }
  CHECK(pending(scene).size() == 1);
  CHECK(code_of(scene.run_all()) == 0);
  CHECK(scene.run_all().effects == 0);
}
