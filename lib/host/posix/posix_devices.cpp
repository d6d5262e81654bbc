#include "host/posix/posix_devices.hpp"

#include <cpuid.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "host/posix/child.hpp"
#include "host/posix/posix_files.hpp"
#include "host/posix/system_errors.hpp"

namespace cosigner::host {
namespace {

constexpr std::uint32_t sgx_leaf = 0x12;  // Intel SDM volume 3D, table 36-3 and after: subleaf 2 and on are EPC sections
constexpr std::uint32_t brand_leaf = 0x80000004;
constexpr std::uint32_t most_subleaves = 32;
constexpr std::size_t kernel_log_limit = 4 * 1024 * 1024;
constexpr int most_cpus = 8192;
constexpr const char* registration_tools[] = {"/usr/bin/mpa_manage", "/opt/intel/sgx-ra-service/mpa_manage"};  // of sgx-ra-service; both inferred
constexpr std::chrono::seconds registration_patience{20};

CpuidRegisters ask(std::uint32_t leaf, std::uint32_t subleaf) {
  CpuidRegisters out;
  __cpuid_count(leaf, subleaf, out.eax, out.ebx, out.ecx, out.edx);
  return out;
}

CpuidDump dump_of(int cpu) {
  CpuidDump dump{cpu, {}};
  const auto add = [&](std::uint32_t leaf, std::uint32_t subleaf) {
    dump.leaves.push_back(CpuidLeaf{leaf, subleaf, ask(leaf, subleaf)});
    return dump.leaves.back().registers;
  };
  const std::uint32_t highest = add(0, 0).eax;  // above it the processor answers with something else
  if (highest >= 1) add(1, 0);
  if (highest >= 7) add(7, 0);
  if (highest >= sgx_leaf) {
    add(sgx_leaf, 0);
    add(sgx_leaf, 1);
    for (std::uint32_t subleaf = 2; subleaf < most_subleaves; ++subleaf)
      if ((add(sgx_leaf, subleaf).eax & 0xFu) == 0) break;
  }
  if (add(0x80000000u, 0).eax >= brand_leaf)
    for (std::uint32_t leaf = brand_leaf - 2; leaf <= brand_leaf; ++leaf) add(leaf, 0);
  return dump;
}

/// A CPU mask of any size, freed on every way out.
class CpuSet {
 public:
  CpuSet() : set_(CPU_ALLOC(most_cpus)) { CPU_ZERO_S(size(), set_); }
  ~CpuSet() { CPU_FREE(set_); }
  CpuSet(const CpuSet&) = delete;
  CpuSet& operator=(const CpuSet&) = delete;
  static std::size_t size() { return CPU_ALLOC_SIZE(most_cpus); }
  cpu_set_t* get() { return set_; }
  bool has(int cpu) const { return CPU_ISSET_S(static_cast<std::size_t>(cpu), size(), set_) != 0; }

 private:
  cpu_set_t* set_;
};

bool move_to(int cpu) {
  CpuSet one;
  CPU_SET_S(static_cast<std::size_t>(cpu), CpuSet::size(), one.get());
  return ::sched_setaffinity(0, CpuSet::size(), one.get()) == 0;
}

OpenResult result_of(int number) {
  switch (number) {
    case ENOENT: return OpenResult::absent;
    case EACCES:
    case EPERM: return OpenResult::permission_denied;
    case ENXIO:
    case ENODEV: return OpenResult::no_device;
    default: return OpenResult::failed;
  }
}

}  // namespace

Result<std::vector<CpuidDump>> PosixDevices::cpuid() const {
  CpuSet allowed;
  if (::sched_getaffinity(0, CpuSet::size(), allowed.get()) != 0)
    return make_error("host.io_failed", "the allowed CPUs cannot be read: " + errno_text(errno));
  std::vector<CpuidDump> dumps;
  for (int cpu = 0; cpu < most_cpus; ++cpu)
    if (allowed.has(cpu) && move_to(cpu)) dumps.push_back(dump_of(cpu));
  ::sched_setaffinity(0, CpuSet::size(), allowed.get());
  if (dumps.empty()) dumps.push_back(dump_of(0));  // where moving is forbidden: the CPU that we happen to be on
  return dumps;
}

Result<std::optional<std::uint64_t>> PosixDevices::msr(std::uint32_t number) const {
  const std::optional<Descriptor> device = walker_.open_to_read(Path("/dev/cpu/0/msr"), O_RDONLY).value_or(std::nullopt);
  std::uint64_t value = 0;
  if (!device || ::pread(device->number(), &value, sizeof value, static_cast<off_t>(number)) != sizeof value)
    return std::optional<std::uint64_t>();
  return std::optional(value);
}

OpenResult PosixDevices::try_open(const Path& node) const {
  const Result<std::optional<Located>> found = walker_.locate_followed(node);
  if (!found.ok()) return found.error().code == "host.permission_denied" ? OpenResult::permission_denied : OpenResult::failed;
  if (!*found) return OpenResult::absent;
  const Located& at = **found;
  const Descriptor opened(
      ::openat(at.directory.number(), at.name.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!opened) return result_of(errno);
  // An enclave is mapped executable from its node, which a mount with noexec forbids.
  const Result<Mount> mount = PosixFiles(walker_).mount_of(node);
  const bool noexec = mount.ok() && std::find(mount->options.begin(), mount->options.end(), "noexec") != mount->options.end();
  return noexec ? OpenResult::noexec_mount : OpenResult::opened;
}

/// Each read of /dev/kmsg gives one record: "priority,number,time,flags;message", then lines that begin with a blank. EPIPE: the
/// ring buffer overtook us, and the next read goes on after the gap (kernel Documentation/ABI/testing/dev-kmsg).
Result<std::optional<Untrusted>> PosixDevices::kernel_log() const {
  if (!walker_.is_whole_machine()) return std::optional<Untrusted>();
  const std::optional<Descriptor> log = walker_.open_to_read(Path("/dev/kmsg"), O_RDONLY | O_NONBLOCK).value_or(std::nullopt);
  if (!log) return std::optional<Untrusted>();
  std::string text;
  char record[8192];
  while (text.size() < kernel_log_limit) {
    const ssize_t count = ::read(log->number(), record, sizeof record);
    if (count < 0 && (errno == EPIPE || errno == EINTR)) continue;
    if (count < 0 && text.empty() && errno != EAGAIN) return std::optional<Untrusted>();
    if (count <= 0) break;
    const std::string_view all(record, static_cast<std::size_t>(count));
    const std::size_t start = all.find(';');
    if (start == std::string_view::npos) continue;
    text += all.substr(start + 1, all.find('\n') - start - 1);
    text += '\n';
  }
  return std::optional(Untrusted(std::move(text)));
}

/// The status, and where it is not success the last error's code: the tool says 0 for that while registration goes on.
Result<std::optional<Untrusted>> PosixDevices::registration_status() const {
  const char* registration_tool = nullptr;
  for (const char* tool : registration_tools) {
    if (registration_tool == nullptr && TRY(PosixFiles(walker_).stat(tool))) registration_tool = tool;
  }
  if (!walker_.is_whole_machine() || registration_tool == nullptr) return std::optional<Untrusted>();
  std::string said;
  for (const char* question : {"-get_registration_status", "-get_last_registration_error_code"}) {
    ChildRequest request;
    request.argv = {registration_tool, question};
    request.output_limit = 16 * 1024;
    request.deadline = registration_patience;
    const auto answer = run_child(request, nullptr);
    if (answer) said += answer->out + answer->err + "\n";
    if (said.find("completed successfully") != std::string::npos) break;
  }
  return std::optional(Untrusted(std::move(said)));
}

}  // namespace cosigner::host
