// CPUID, model-specific registers and device nodes. Reading only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/path.hpp"
#include "base/result.hpp"
#include "base/untrusted.hpp"

namespace cosigner::host {

struct CpuidRegisters {
  std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
  friend bool operator==(const CpuidRegisters&, const CpuidRegisters&) = default;
};

struct CpuidLeaf {
  std::uint32_t leaf = 0;
  std::uint32_t subleaf = 0;
  CpuidRegisters registers;
};

/// The leaves 0, 1, 7, 0x12 (all subleaves until an invalid one) and the brand string of one logical CPU.
struct CpuidDump {
  int cpu = 0;
  std::vector<CpuidLeaf> leaves;
};

enum class OpenResult { opened, absent, permission_denied, no_device, noexec_mount, failed };

class DevicesView {
 public:
  virtual ~DevicesView() = default;
  /// Of every logical CPU that the process may run on; native instruction, unprivileged.
  virtual Result<std::vector<CpuidDump>> cpuid() const = 0;
  /// Nothing when the msr module or the right to read is missing.
  virtual Result<std::optional<std::uint64_t>> msr(std::uint32_t number) const = 0;
  /// Opens and closes the node: the only way to tell "there" from "usable".
  virtual OpenResult try_open(const Path& node) const = 0;
  /// The kernel's messages that its ring buffer still holds, one a line, oldest first; nothing when this user may not read them.
  virtual Result<std::optional<Untrusted>> kernel_log() const { return std::optional<Untrusted>(); }
  /// What Intel's mpa_manage says about the registration of this platform (a child process or two, root's); nothing where it is not installed.
  virtual Result<std::optional<Untrusted>> registration_status() const { return std::optional<Untrusted>(); }
};

}  // namespace cosigner::host
