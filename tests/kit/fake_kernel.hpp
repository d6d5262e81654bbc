// A kernel on a MachineModel: mounts lose their noexec, and what rules and installers bring about is the model's own.
#pragma once

#include "kit/call_log.hpp"
#include "kit/model.hpp"

namespace cosigner::kit {

class FakeKernel : public host::Kernel {
 public:
  FakeKernel(MachineModel& model, CallLog& log) : model_(model), log_(log) {}

  Status allow_executing(const Path& mount_point) override;
  Status apply_device_rules() override;
  Status run_driver_installer(const Path& file, const host::ProgressSink& progress) override;
  Status remove_dkms_driver(const std::string& name, const std::string& version) override;
  Status index_modules() override;
  Status retrieve_platform_id(const Path& target) override;
  Status reboot() override;

 private:
  bool is_there(const std::string& path) const;

  MachineModel& model_;
  CallLog& log_;
};

}  // namespace cosigner::kit
