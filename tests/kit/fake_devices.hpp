// CPUID and device nodes as the model names them. A node that is only a file entry can be opened.
#pragma once

#include "kit/model.hpp"

namespace cosigner::kit {

class FakeDevices : public host::DevicesView {
 public:
  explicit FakeDevices(MachineModel& model) : model_(model) {}

  Result<std::vector<host::CpuidDump>> cpuid() const override { return model_.cpuid; }
  Result<std::optional<std::uint64_t>> msr(std::uint32_t number) const override {
    const auto found = model_.msrs.find(number);
    return found == model_.msrs.end() ? std::optional<std::uint64_t>() : std::optional(found->second);
  }
  Result<std::optional<Untrusted>> kernel_log() const override {
    return model_.kernel_log ? std::optional(Untrusted(*model_.kernel_log)) : std::optional<Untrusted>();
  }
  Result<std::optional<Untrusted>> registration_status() const override {
    return model_.registration_status ? std::optional(Untrusted(*model_.registration_status)) : std::optional<Untrusted>();
  }
  host::OpenResult try_open(const Path& node) const override {
    const auto named = model_.devices.find(node.text());
    if (named != model_.devices.end()) return named->second;
    return model_.entries.count(node.text()) != 0 ? host::OpenResult::opened : host::OpenResult::absent;
  }

 private:
  MachineModel& model_;
};

}  // namespace cosigner::kit
