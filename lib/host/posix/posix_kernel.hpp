// The kernel by mount(2) and the tools of the machine: udevadm, depmod, dkms, systemctl.
#pragma once

#include "base/cancel.hpp"
#include "host/kernel.hpp"
#include "host/posix/path_walker.hpp"

namespace cosigner::host {

class PosixKernel : public Kernel {
 public:
  /// `walker` and `cancel` must outlive this.
  PosixKernel(const PathWalker& walker, const CancelToken* cancel) : walker_(walker), cancel_(cancel) {}

  Status allow_executing(const Path& mount_point) override;
  Status apply_device_rules() override;
  Status run_driver_installer(const Path& file, const ProgressSink& progress) override;
  Status remove_dkms_driver(const std::string& name, const std::string& version) override;
  Status index_modules() override;
  Status retrieve_platform_id(const Path& target) override;
  Status reboot() override;

 private:
  Status require_machine() const;
  Status run(std::vector<std::string> argv, const std::string& doing, bool uninterruptible = false) const;

  const PathWalker& walker_;
  const CancelToken* cancel_;
};

}  // namespace cosigner::host
