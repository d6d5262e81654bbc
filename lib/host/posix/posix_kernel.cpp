#include "host/posix/posix_kernel.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <cstring>

#include "base/text.hpp"
#include "base/untrusted.hpp"
#include "host/platform_id.hpp"
#include "host/posix/child.hpp"
#include "host/posix/posix_files.hpp"

namespace cosigner::host {
namespace {

constexpr std::size_t shown_length = 400;
constexpr std::chrono::minutes longest_job{10};
constexpr const char* retrieval_tool = "/opt/intel/sgx-pck-id-retrieval-tool/PCKIDRetrievalTool";

Error failed(const std::string& why, const std::string& remedy) { return make_error("kernel.failed", why, remedy); }

/// The flags of a mount as mount(2) takes them.
unsigned long flags_of(unsigned long seen) {
  struct Pair {
    unsigned long seen, wanted;
  };
  constexpr Pair pairs[] = {{ST_RDONLY, MS_RDONLY}, {ST_NOSUID, MS_NOSUID}, {ST_NODEV, MS_NODEV}, {ST_NOATIME, MS_NOATIME},
                            {ST_NODIRATIME, MS_NODIRATIME}, {ST_RELATIME, MS_RELATIME}};
  unsigned long out = 0;
  for (const auto& pair : pairs) {
    if ((seen & pair.seen) != 0) out |= pair.wanted;
  }
  return out;
}

}  // namespace

Status PosixKernel::require_machine() const {
  TRY(walker_.usable());
  if (walker_.is_whole_machine()) return {};
  return make_error("kernel.unavailable", "the kernel is not changed below another root directory", "Run without --root.");
}

Status PosixKernel::run(std::vector<std::string> argv, const std::string& doing, bool uninterruptible) const {
  TRY(require_machine());
  ChildRequest request;
  request.argv = std::move(argv);
  request.deadline = longest_job;
  request.uninterruptible = uninterruptible;
  const ChildResult result = TRY(run_child(request, cancel_));
  if (result.exit_code == 0) return {};
  const std::string said = std::string(trimmed(result.err.empty() ? result.out : result.err));
  return failed("could not " + doing + ": " + shown(Untrusted(said), shown_length), "Look at `dmesg` and `journalctl -b`, and run again.");
}

Status PosixKernel::allow_executing(const Path& mount_point) {
  TRY(require_machine());
  const std::optional<Descriptor> place = TRY(walker_.open_to_read(mount_point, O_PATH));
  struct statvfs seen {};
  if (!place || ::fstatvfs(place->number(), &seen) != 0) return failed(mount_point.text() + " cannot be looked at", "Look at `findmnt`.");
  // The place by its descriptor, so that it is the one that was looked at. MS_BIND: of this mount alone, and of nothing but these flags.
  const std::string held = "/proc/self/fd/" + std::to_string(place->number());
  if (::mount("/proc/self/fd", held.c_str(), nullptr, MS_REMOUNT | MS_BIND | flags_of(seen.f_flag), nullptr) == 0) return {};
  return failed("could not mount " + mount_point.text() + " again without noexec: " + strerrordesc_np(errno),
                "Run `mount -o remount,exec " + mount_point.text() + "` and look at `dmesg`.");
}

Status PosixKernel::apply_device_rules() {
  // A start anew, as its package does it at an upgrade: udev looks groups up when it reads its rules, and since systemd 251 `udevadm control
  // --reload` reads nothing while the files are the same, so that a group younger than its rule stayed unknown (seen with systemd 252).
  TRY(run({"/usr/bin/systemctl", "--no-ask-password", "restart", "--", "systemd-udevd.service"}, "have udev read its rules"));
  TRY(run({"/usr/bin/udevadm", "trigger", "--subsystem-match=misc"}, "have udev look at the device nodes"));
  return run({"/usr/bin/udevadm", "settle", "--timeout=60"}, "wait for udev");
}

Status PosixKernel::run_driver_installer(const Path& file, const ProgressSink& progress) {
  if (progress) progress({"building and loading the driver", 0, std::nullopt, std::nullopt});
  return run({file.text()}, "install the driver", true);
}

Status PosixKernel::remove_dkms_driver(const std::string& name, const std::string& version) {
  TRY(require_machine());
  if (!TRY(PosixFiles(walker_).stat(Path("/var/lib/dkms") / name / version))) return {};
  return run({"/usr/sbin/dkms", "remove", "-m", name, "-v", version, "--all"}, "remove " + name + "/" + version + " from DKMS", true);
}

Status PosixKernel::index_modules() { return run({"/usr/sbin/depmod", "--all"}, "make the index of modules"); }

Status PosixKernel::retrieve_platform_id(const Path& target) {
  constexpr FileAttributes for_root{{0600}, {}};
  TRY(require_machine());
  PosixFiles files(walker_);
  const Path part(target.text() + ".part");
  TRY(files.write_atomic(part, "", for_root));  // so that nobody else can open it while the tool writes
  TRY(run({retrieval_tool, "-f", part.text()}, "retrieve the platform's PCK id"));
  TRY(files.set_attributes(part, for_root));
  if (is_platform_id(TRY(files.read(part)).value_or(std::string()))) return files.rename(part, target);
  TRY(files.remove(part));
  return failed("Intel's tool wrote something that is no PCK id", "Run PCKIDRetrievalTool by hand, and read what it says.");
}

Status PosixKernel::reboot() { return run({"/usr/bin/systemctl", "--no-ask-password", "reboot"}, "reboot"); }

}  // namespace cosigner::host
