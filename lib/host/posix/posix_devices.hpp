// The processor's own answers and the device nodes.
#pragma once

#include "host/devices.hpp"
#include "host/posix/path_walker.hpp"

namespace cosigner::host {

class PosixDevices : public DevicesView {
 public:
  /// `walker` must outlive this.
  explicit PosixDevices(const PathWalker& walker) : walker_(walker) {}

  /// Moves the calling thread over the logical CPUs that it may run on and back.
  Result<std::vector<CpuidDump>> cpuid() const override;
  Result<std::optional<std::uint64_t>> msr(std::uint32_t number) const override;
  OpenResult try_open(const Path& node) const override;
  Result<std::optional<Untrusted>> kernel_log() const override;
  Result<std::optional<Untrusted>> registration_status() const override;

 private:
  const PathWalker& walker_;
};

}  // namespace cosigner::host
