// SGX drivers from outside the kernel: the EPID driver `isgx`, of no use for DCAP on any kernel, and Intel's DCAP driver (`intel_sgx`, in DKMS
// `sgx`), which a kernel with a driver of its own refuses (facts sgx-host 4, rows B3 and B4). What each left here, and how it is taken away.
#pragma once

#include <string>
#include <vector>

#include "engine/stage.hpp"

namespace cosigner::stages {

/// What becomes of Intel's DCAP driver; the EPID driver goes in any case.
enum class DcapDriver {
  stays,       // an older kernel runs, which has no other
  goes,        // the kernel has its own
  comes_anew,  // an older kernel runs, and the installer does not run over what an earlier run of it left
};

/// One that DKMS itself can take away: it and the entry's sources are here.
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
  DcapDriver dcap = DcapDriver::stays;
  std::vector<std::string> loaded;    // modules in the running kernel
  std::vector<DkmsEntry> dkms;
  std::vector<std::string> packages;  // of dpkg, whose scripts keep the DKMS entry
  std::vector<Path> trees;            // entries that DKMS cannot take away, their sources, the folder of Intel's installer
  std::vector<Path> files;            // built modules
  std::vector<ModuleList> lists;
  bool is_indexed = false;            // the running kernel's index names a module of theirs
};

/// `release`: of the running kernel.
Result<OutsideDrivers> probe_outside_drivers(const host::HostView& host, const std::string& release, DcapDriver dcap);

/// Files, entries and lines; no uninstall script is run. A module that is loaded is there until the machine is started anew. Pure.
void plan_outside_drivers(const OutsideDrivers& facts, engine::StagePlan& plan);

/// Carries out the custom steps of plan_outside_drivers; nothing when the step is none of them.
std::optional<Status> remove_outside_driver(const engine::Custom& step, host::Host& host);

/// Modules of the running kernel (/proc/modules).
Result<std::vector<std::string>> loaded_modules(const host::FilesView& files);

}  // namespace cosigner::stages
