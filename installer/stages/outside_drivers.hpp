// SGX drivers from outside the kernel: the EPID driver `isgx`, of no use for DCAP on any kernel, and Intel's DCAP driver (`intel_sgx`, in DKMS
// `sgx`), which a kernel with a driver of its own refuses (facts sgx-host 4, rows B3 and B4). What each left here, and how it is taken away.
#pragma once

#include <string>
#include <vector>

#include "engine/stage.hpp"

namespace cosigner::stages {

struct DkmsEntry {
  std::string name;
  std::string version;
};

/// A list of modules to load, with the lines that name a driver taken out.
struct ModuleList {
  Path path;
  std::string text;
  host::FileAttributes attributes;
};

/// Everything that is to go.
struct OutsideDrivers {
  std::vector<std::string> loaded;    // modules in the running kernel
  std::vector<DkmsEntry> dkms;
  std::vector<std::string> packages;  // of dpkg, whose scripts keep the DKMS entry
  std::vector<Path> files;            // built modules
  std::vector<ModuleList> lists;
  bool has_tree = false;              // Intel's installer left its folder
  bool is_indexed = false;            // the running kernel's index still names a module of theirs
};

/// `release`: of the running kernel. `keeps_dcap_driver`: an older kernel runs, which has no other driver; only the EPID driver is looked for then.
Result<OutsideDrivers> probe_outside_drivers(const host::HostView& host, const std::string& release, bool keeps_dcap_driver);

/// Files, entries and lines; no uninstall script is run. A module that is loaded is there until the machine is started anew. Pure.
void plan_outside_drivers(const OutsideDrivers& facts, engine::StagePlan& plan);

/// Carries out the custom steps of plan_outside_drivers; nothing when the step is none of them.
std::optional<Status> remove_outside_driver(const engine::Custom& step, host::Host& host);

/// Modules of the running kernel (/proc/modules).
Result<std::vector<std::string>> loaded_modules(const host::FilesView& files);

}  // namespace cosigner::stages
