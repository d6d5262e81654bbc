// The running kernel, its drivers from outside and its device nodes, changed. What is known of them is read through files and devices.
//
// Errors: `kernel.failed` (the tool's own words are in the message), `kernel.unavailable` (below another root directory).
#pragma once

#include "base/path.hpp"
#include "base/result.hpp"
#include "host/types.hpp"

namespace cosigner::host {

class Kernel {
 public:
  virtual ~Kernel() = default;
  /// Takes "noexec" from a mount that is there, and leaves its other options as they are.
  virtual Status allow_executing(const Path& mount_point) = 0;
  /// udev reads its rules again and gives the nodes their owners anew; returns when that is done.
  virtual Status apply_device_rules() = 0;
  /// Runs the self-extracting installer of an out-of-tree driver: this file, as root, without input. Minutes, as it compiles.
  virtual Status run_driver_installer(const Path& file, const ProgressSink& progress) = 0;
  /// Takes a driver out of DKMS, for every kernel that it was built for; absent is success.
  virtual Status remove_dkms_driver(const std::string& name, const std::string& version) = 0;
  /// The index of modules of the running kernel is made anew.
  virtual Status index_modules() = 0;
  /// Runs Intel's PCKIDRetrievalTool; its CSV (the platform's identity) lies in `target` then, mode 0600.
  virtual Status retrieve_platform_id(const Path& target) = 0;
  /// An orderly reboot is begun; the call returns before it happens.
  virtual Status reboot() = 0;
};

}  // namespace cosigner::host
