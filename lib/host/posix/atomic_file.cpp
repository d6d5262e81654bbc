#include "host/posix/atomic_file.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <ctime>

#include "host/posix/system_errors.hpp"

namespace cosigner::host {
namespace {

constexpr int attempts = 500;  // 10 ms each

void wait_a_little() {
  const timespec moment{0, 10'000'000};
  ::nanosleep(&moment, nullptr);
}

/// True when the locked descriptor is still what the name means.
bool is_current(int directory, const std::string& name, int file) {
  struct stat by_name {};
  struct stat by_file {};
  return ::fstatat(directory, name.c_str(), &by_name, AT_SYMLINK_NOFOLLOW) == 0 && ::fstat(file, &by_file) == 0 &&
         by_name.st_dev == by_file.st_dev && by_name.st_ino == by_file.st_ino;
}

/// Removes what a crash left, unless another process is writing it.
void remove_leftover(int directory, const std::string& name) {
  const Descriptor left(::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!left) {
    if (errno != ENOENT) ::unlinkat(directory, name.c_str(), 0);  // a link, or something that cannot be opened: not ours
  } else if (::flock(left.number(), LOCK_EX | LOCK_NB) == 0) {
    if (is_current(directory, name, left.number())) ::unlinkat(directory, name.c_str(), 0);
  } else {
    wait_a_little();
  }
}

Result<Descriptor> open_beside(const Located& at, const std::string& name, const Path& path) {
  for (int i = 0; i < attempts; ++i) {
    Descriptor file(::openat(at.directory.number(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file && errno != EEXIST) return system_error(errno, path, "written");
    if (!file) {
      remove_leftover(at.directory.number(), name);
    } else if (::flock(file.number(), LOCK_EX) == 0 && is_current(at.directory.number(), name, file.number())) {
      return file;
    }
  }
  return make_error("host.io_failed", path.text() + " is being written by another process",
                    "Wait until it has ended and run again.");
}

Status fill(const Located& at, const std::string& beside, int file, const Path& path, std::string_view content,
            const FileAttributes& attributes) {
  TRY(write_all(file, path, content));
  TRY(correct_attributes(file, path, attributes));
  if (::fsync(file) != 0) return system_error(errno, path, "written", content.size());
  if (::renameat(at.directory.number(), beside.c_str(), at.directory.number(), at.name.c_str()) != 0)
    return system_error(errno, path, "written");
  return sync_directory(at, path);
}

}  // namespace

Status write_all(int file, const Path& path, std::string_view content) {
  std::string_view rest = content;
  while (!rest.empty()) {
    const ssize_t count = ::write(file, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno, path, "written", content.size());
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Status correct_attributes(int file, const Path& path, const FileAttributes& attributes) {
  struct stat seen {};
  if (::fstat(file, &seen) != 0) return system_error(errno, path, "looked at");
  const FileAttributes before = attributes_of(seen);
  if (before.owner != attributes.owner && ::fchown(file, attributes.owner.uid, attributes.owner.gid) != 0)
    return system_error(errno, path, "given to user " + std::to_string(attributes.owner.uid));
  if (before == attributes) return {};
  if (::fchmod(file, attributes.mode.bits) != 0) return system_error(errno, path, "given its mode");
  return {};
}

Status sync_directory(const Located& at, const Path& path) {
  const Descriptor directory(::openat(at.directory.number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.number()) != 0) return system_error(errno, path.parent(), "synced");
  return {};
}

Status replace_file(const Located& at, const Path& path, std::string_view content, const FileAttributes& attributes) {
  const std::string beside = "." + at.name + ".cosigner-new";
  const Descriptor file = TRY(open_beside(at, beside, path));
  Status done = fill(at, beside, file.number(), path, content, attributes);
  if (!done.ok() && is_current(at.directory.number(), beside, file.number()))
    ::unlinkat(at.directory.number(), beside.c_str(), 0);
  return done;
}

}  // namespace cosigner::host
