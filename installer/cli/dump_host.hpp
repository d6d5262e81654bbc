// A machine of which only the processor counts, and that is the one of a CPUID dump.
#pragma once

#include <vector>

#include "host/host.hpp"

namespace cosigner::cli {

class DumpDevices : public host::DevicesView {
 public:
  explicit DumpDevices(std::vector<host::CpuidDump> dumps) : dumps_(std::move(dumps)) {}
  Result<std::vector<host::CpuidDump>> cpuid() const override { return dumps_; }
  Result<std::optional<std::uint64_t>> msr(std::uint32_t /*number*/) const override { return std::optional<std::uint64_t>(); }
  host::OpenResult try_open(const Path& /*node*/) const override { return host::OpenResult::absent; }

 private:
  std::vector<host::CpuidDump> dumps_;
};

class DumpHost : public host::HostView {
 public:
  DumpHost(const host::HostView& machine, std::vector<host::CpuidDump> dumps) : machine_(machine), devices_(std::move(dumps)) {}
  const host::FilesView& files() const override { return machine_.files(); }
  const host::PackagesView& packages() const override { return machine_.packages(); }
  const host::ServicesView& services() const override { return machine_.services(); }
  const host::AccountsView& accounts() const override { return machine_.accounts(); }
  const host::ContainersView& containers() const override { return machine_.containers(); }
  const host::NetworkView& network() const override { return machine_.network(); }
  const host::ClockView& clock() const override { return machine_.clock(); }
  const host::DevicesView& devices() const override { return devices_; }

 private:
  const host::HostView& machine_;
  DumpDevices devices_;
};

}  // namespace cosigner::cli
