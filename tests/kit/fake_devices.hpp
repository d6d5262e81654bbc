// CPUID and device nodes as the model names them. A node that is only a file entry can be opened.
#pragma once

#include <algorithm>

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
    if (named != model_.devices.end() && named->second != host::OpenResult::opened) return named->second;
    if (named == model_.devices.end() && model_.entries.count(node.text()) == 0) return host::OpenResult::absent;
    return is_without_exec(node) ? host::OpenResult::noexec_mount : host::OpenResult::opened;
  }

 private:
  /// As the real one sees it: by the deepest mount that holds the node.
  bool is_without_exec(const Path& node) const {
    const host::Mount* deepest = nullptr;
    for (const auto& mount : model_.mounts)
      if (node.is_within(mount.point) && (deepest == nullptr || mount.point.text().size() >= deepest->point.text().size())) deepest = &mount;
    return deepest != nullptr && std::find(deepest->options.begin(), deepest->options.end(), "noexec") != deepest->options.end();
  }

  MachineModel& model_;
};

}  // namespace cosigner::kit
