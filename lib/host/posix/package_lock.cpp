#include "host/posix/package_lock.hpp"

#include <fcntl.h>

#include <cerrno>

#include "base/text.hpp"
#include "base/time.hpp"
#include "host/posix/child.hpp"
#include "host/posix/posix_clock.hpp"
#include "host/posix/posix_files.hpp"

namespace cosigner::host {
namespace {

constexpr const char* lock_files[] = {"/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock", "/var/lib/apt/lists/lock",
                                      "/var/cache/apt/archives/lock"};

std::string described(const LockHolder& holder) {
  const std::string name = holder.name.empty() ? "another program" : shown(holder.name, 40);
  return name + " (pid " + std::to_string(holder.pid) + ")";
}

}  // namespace

Result<std::optional<LockHolder>> find_package_lock_holder(const PathWalker& walker) {
  for (const char* file : lock_files) {
    const std::optional<Descriptor> opened = TRY(walker.open_to_read(Path(file), O_RDONLY));
    if (!opened) continue;
    struct flock asked {};
    asked.l_type = F_WRLCK;
    asked.l_whence = SEEK_SET;
    if (::fcntl(opened->number(), F_GETLK, &asked) != 0 || asked.l_type == F_UNLCK) continue;
    const Path comm("/proc/" + std::to_string(asked.l_pid) + "/comm");
    const PathWalker machine("/");
    const std::optional<std::string> name = PosixFiles(machine).read(comm, 4096).value_or(std::nullopt);
    return std::optional(LockHolder{asked.l_pid, Untrusted(std::string(trimmed(name.value_or(""))))});
  }
  return std::optional<LockHolder>();
}

Status wait_for_package_lock(const PathWalker& walker, std::chrono::seconds limit, const ProgressSink& progress,
                             const CancelToken* cancel) {
  PosixClock clock(cancel);
  const auto started = clock.monotonic();
  for (;;) {
    const std::optional<LockHolder> holder = TRY(find_package_lock_holder(walker));
    if (!holder) return {};
    if (clock.monotonic() - started >= limit) {
      Error error = make_error(
          "packages.lock_held",
          "the package lock is held by " + described(*holder) + "; waited " + to_people_duration(clock.monotonic() - started),
          "Wait until that program has ended and run again.");
      error.retryable = true;
      return error;
    }
    if (progress) progress(Progress{"waiting for the package lock held by " + described(*holder), 0, std::nullopt, std::nullopt});
    TRY(clock.sleep(std::chrono::seconds(1)));
  }
}

}  // namespace cosigner::host
