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

void put_file(kit::MachineModel& model, const std::string& path, const std::string& content = "") { model.entries[path] = {host::FileKind::regular, {{0644}, {}}, content, model.now}; }

void put_folder(kit::MachineModel& model, const std::string& path) { model.entries[path] = {host::FileKind::directory, {{0755}, {}}, "", {}}; }

void put_dkms(kit::MachineModel& model) { put_file(model, "/usr/sbin/dkms"); }

/// What `dkms add` leaves: the sources, and an entry with a link to them.
void put_entry(kit::MachineModel& model, const std::string& name, const std::string& version) {
  const std::string source = "/usr/src/" + name + "-" + version;
  put_folder(model, "/usr/src");
  put_file(model, source + "/dkms.conf", "# of the driver\nPACKAGE_NAME=\"" + name + "\"\nPACKAGE_VERSION=\"" + version + "\"\n");
  put_file(model, source + "/Makefile");
  model.entries["/var/lib/dkms/" + name + "/" + version + "/source"] = {host::FileKind::link, {{0777}, {}}, source, model.now};
}

/// As the installer of the lab, and as Intel's: it does not run over another installation.
Status begin_driver(kit::MachineModel& model) {
  if (model.entries.count("/opt/intel/sgxdriver/uninstall.sh") != 0) return make_error("kernel.failed", "a driver is installed already");
  if (model.entries.count("/var/lib/dkms/sgx/1.41/source") != 0) return make_error("kernel.failed", "dkms add failed");
  put_folder(model, "/opt/intel");
  put_file(model, "/opt/intel/sgxdriver/uninstall.sh", "#!/bin/sh\n");
  put_entry(model, "sgx", "1.41");
  return {};
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
    host.model.available["dkms"].installed = put_dkms;
    host.model.driver_begun = begin_driver;
    host.model.driver_installer = [](kit::MachineModel& model) -> Status {
      model.devices["/dev/sgx/enclave"] = host::OpenResult::opened;
      model.devices["/dev/sgx/provision"] = host::OpenResult::opened;
      return {};
    };
  }
};

void put_legacy(HostScene& scene, const std::string& release) {
  put_dkms(scene.host.model);
  put_entry(scene.host.model, "isgx", "2.11.0");
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

TEST_CASE("a crash at any writing call while the driver of the answers is installed is gone on from, to the same state") {
  OutOfTree whole;
  REQUIRE(code_of(whole.run_all()) == 0);
  const std::string wanted = kit::settled_state(whole.host.model);
  const auto calls = whole.host.log.calls();
  const int cases = kit::at_every_call(calls, [&](const kit::Fault& fault) {
    OutOfTree scene;
    kit::die(scene.host, fault, [&] { scene.run_all(); });
    CHECK(code_of(scene.run_all()) == 0);
    CHECK(kit::settled_state(scene.host.model) == wanted);
    CHECK(scene.run_all().effects == 0);
  });
  CHECK(cases == 2 * static_cast<int>(calls.size()));
  WARN("driver from outside: " << calls.size() << " writing calls, " << cases << " crash cases");
}

TEST_CASE("an installer that ends well and brings no device is an error of its own, and its copy is taken away by the run that succeeds") {
  OutOfTree scene;
  const auto installer = scene.host.model.driver_installer;
  scene.host.model.driver_installer = [](kit::MachineModel&) { return Status(); };
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
  for (const std::string gone : {"/var/lib/dkms/isgx/2.11.0/source", "/usr/src/isgx-2.11.0/dkms.conf", "/usr/src/isgx-2.11.0/Makefile", "/opt/intel/sgxdriver/uninstall.sh", "/ran"}) CHECK(entries.count(gone) == 0);
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
  for (const auto& [path, entry] : scene.host.model.entries) CHECK((path.find("/sgx/1.41/source") == std::string::npos && path.find("/usr/src/sgx-") == std::string::npos));
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
  SECTION("only the sources") { scene.put("/usr/src/isgx-2.11/dkms.conf", "PACKAGE_NAME='isgx'\n"); }
  CHECK(pending(scene).size() == 1);
  CHECK(code_of(scene.run_all()) == 0);
  CHECK(scene.run_all().effects == 0);
}

TEST_CASE("an entry that DKMS cannot take away any more goes by its files, and nothing else does") {
  HostScene scene(HostScene::System::ubuntu);
  put_legacy(scene, "6.1.0-13-cloud-amd64");
  put_entry(scene.host.model, "other", "1.0");
  auto& entries = scene.host.model.entries;
  bool is_other_version_left = false;
  SECTION("DKMS is not here") { entries.erase("/usr/sbin/dkms"); }
  SECTION("its sources are gone") { for (const char* file : {"/dkms.conf", "/Makefile"}) entries.erase(std::string("/usr/src/isgx-2.11.0") + file); }
  SECTION("its link is gone") {
    entries.erase("/var/lib/dkms/isgx/2.11.0/source");
    scene.put("/var/lib/dkms/isgx/2.11.0/build/isgx.c", "");
  }
  SECTION("one of two versions") {
    scene.put("/var/lib/dkms/isgx/2.6/build/isgx.c", "");
    is_other_version_left = true;
  }
  SECTION("an empty folder") {
    entries.erase("/var/lib/dkms/isgx/2.11.0/source");
    entries["/var/lib/dkms/isgx"] = {host::FileKind::directory, {{0755}, {}}, "", {}};
  }
  const auto ids = pending(scene);
  CHECK(std::count(ids.begin(), ids.end(), "dkms-isgx-2.11.0") == (is_other_version_left ? 1 : 0));
  CHECK(code_of(scene.run_all()) == 0);
  for (const auto& [path, entry] : entries) {
    INFO(path);
    CHECK(path.find("/usr/src/isgx") == std::string::npos);
    CHECK((path.find("/var/lib/dkms/isgx/") == std::string::npos));
  }
  CHECK(entries.count("/var/lib/dkms/other/1.0/source") == 1);
  CHECK(entries.count("/usr/src/other-1.0/dkms.conf") == 1);
  CHECK(scene.run_all().effects == 0);
}

TEST_CASE("sources below /usr/src go by their own name and root's ownership, not because they are called alike") {
  HostScene scene(HostScene::System::ubuntu);
  scene.put("/usr/src/sgx-tools/dkms.conf", "PACKAGE_NAME=tools\n");
  scene.put("/usr/src/isgx-notes/readme", "");
  scene.put("/usr/src/isgx-2.11/dkms.conf", "PACKAGE_NAME=isgx\n");
  scene.host.model.entries["/usr/src/isgx-2.11"] = {host::FileKind::directory, {{0755}, {1000, 1000}}, "", {}};
  scene.put("/home/x/isgx/dkms.conf", "PACKAGE_NAME=isgx\n");
  scene.host.model.entries["/usr/src/isgx-2.12"] = {host::FileKind::link, {{0777}, {}}, "/home/x/isgx", {}};
  const auto before = scene.host.model.entries;
  CHECK(code_of(scene.run_all()) == 0);
  for (const auto& [path, entry] : before) CHECK(scene.host.model.entries.count(path) == 1);
}

TEST_CASE("a built module is found wherever the kernel's index names it, and a name that leads out of the kernel's folder is no such place") {
  HostScene scene(HostScene::System::ubuntu);
  const std::string folder = "/lib/modules/6.1.0-13-cloud-amd64";
  for (const auto& file : {folder + "/misc/isgx.ko", folder + "/extra/sgx/intel_sgx.ko.xz", std::string("/lib/isgx.ko"), std::string("/opt/isgx.ko")}) scene.put(file, "");
  scene.put(folder + "/modules.dep", "misc/isgx.ko: kernel/mm/zram.ko\nextra/sgx/intel_sgx.ko.xz:\n../../isgx.ko:\n/opt/isgx.ko:\nkernel/mm/zram.ko:\n");
  CHECK(code_of(scene.run_all()) == 0);
  const auto& entries = scene.host.model.entries;
  CHECK(entries.count(folder + "/misc/isgx.ko") == 0);
  CHECK(entries.count(folder + "/extra/sgx/intel_sgx.ko.xz") == 0);
  CHECK(entries.count("/lib/isgx.ko") == 1);
  CHECK(entries.count("/opt/isgx.ko") == 1);
  CHECK(scene.run_all().effects == 0);
}

TEST_CASE("the driver of the answers is installed anew over the remains of an installation that brought no device, and not before its file is checked") {
  OutOfTree scene;
  put_dkms(scene.host.model);
  REQUIRE(begin_driver(scene.host.model).ok());
  SECTION("cut off while it was built") {}
  SECTION("built for another kernel, its sources gone") { scene.host.model.entries.erase("/usr/src/sgx-1.41/dkms.conf"); }
  SECTION("by its package") { scene.host.model.packages["intel-sgx-dkms"] = {"intel-sgx-dkms", "1.41-1", "installed"}; }
  SECTION("only the folder of another driver") {
    scene.host.model.entries.erase("/var/lib/dkms/sgx/1.41/source");
    scene.host.model.entries.erase("/usr/src/sgx-1.41/dkms.conf");
  }
  scene.put("/etc/modules", "intel_sgx\n");
  scene.put("/proc/modules", "intel_sgx 45056 0 - Live 0x0\n");  // of that driver too: no reason for a reboot
  scene.put(driver_file, "another file");
  CHECK(scene.error_of(scene.run_all()) == "sgx.driver_mismatch");
  CHECK(scene.host.model.entries.count("/opt/intel/sgxdriver/uninstall.sh") == 1);
  scene.put(driver_file, "the driver's installer");
  CHECK(code_of(scene.run_all()) == 0);
  CHECK(scene.file("/etc/modules") == "intel_sgx\n");
  CHECK(scene.host.model.entries.count("/var/lib/dkms/sgx/1.41/source") == 1);
  CHECK(scene.run_all().effects == 0);
}

TEST_CASE("an installed driver whose node may not be executed from, opened or used is not installed over") {
  OutOfTree scene;
  REQUIRE(code_of(scene.run_all()) == 0);
  SECTION("noexec") {
    scene.host.model.mounts[1].options = {"rw", "nosuid", "noexec"};
    CHECK(code_of(scene.run_all()) == 0);
  }
  SECTION("permission") {
    scene.host.model.devices["/dev/sgx/enclave"] = host::OpenResult::permission_denied;
    for (const auto& id : pending(scene)) CHECK(id.find("driver") == std::string::npos);
  }
  SECTION("no hardware") {
    scene.host.model.devices["/dev/sgx/enclave"] = host::OpenResult::no_device;
    for (const auto& id : pending(scene)) CHECK(id.find("driver") == std::string::npos);
  }
  SECTION("noexec from the beginning") {
    OutOfTree fresh;
    fresh.host.model.mounts[1].options = {"rw", "nosuid", "noexec"};
    CHECK(code_of(fresh.run_all()) == 0);
    CHECK(fresh.run_all().effects == 0);
  }
}

TEST_CASE("a loaded legacy driver still holds the hardware: the driver of the answers is installed after the reboot") {
  OutOfTree scene;
  put_legacy(scene, old_release);
  scene.put("/proc/modules", "isgx 45056 2 - Live 0x0\n");
  const auto ran = [&] {
    const auto& calls = scene.host.log.calls();
    return std::any_of(calls.begin(), calls.end(), [](const std::string& call) { return call.find("run_driver_installer") != std::string::npos; });
  };
  CHECK(code_of(scene.run_all()) == 6);
  CHECK_FALSE(ran());
  scene.reboot();
  CHECK(code_of(scene.run_all()) == 0);
  CHECK(ran());
  CHECK(scene.run_all().effects == 0);
}

TEST_CASE("firmware variables that are not mounted say nothing about Secure Boot") {
  OutOfTree scene;
  scene.host.model.entries["/sys/firmware/efi/efivars"] = {host::FileKind::directory, {{0755}, {}}, "", {}};
  const auto plan = look_at_sgx_packages(scene);
  REQUIRE(plan.blocked);
  CHECK(plan.blocked->code == "sgx.secure_boot");
  CHECK(plan.blocked->message.find("cannot be read") != std::string::npos);
  CHECK(plan.blocked->remedy.find("efivarfs") != std::string::npos);
  scene.put("/sys/firmware/efi/efivars/BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c", "");
  CHECK(blocked_by(scene).empty());  // a firmware without the variable
}
