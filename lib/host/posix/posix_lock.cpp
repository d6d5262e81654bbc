#include "host/posix/posix_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "base/text.hpp"
#include "base/untrusted.hpp"
#include "host/posix/posix_files.hpp"
#include "host/posix/system_errors.hpp"

namespace cosigner::host {
namespace {

class Held : public RunLockHandle {
 public:
  explicit Held(Descriptor file) : file_(std::move(file)) {}

 private:
  Descriptor file_;  // closing it gives the lock back; no child inherits it
};

/// "pid name", as the holder wrote it.
Error held_error(int file) {
  char text[128];
  const ssize_t count = ::pread(file, text, sizeof text, 0);
  const std::string_view said = trimmed(std::string_view(text, static_cast<std::size_t>(count > 0 ? count : 0)));
  const std::size_t blank = said.find(' ');
  std::string holder = "another run";
  if (blank != std::string_view::npos && parse_number(said.substr(0, blank)))
    holder = shown(Untrusted(std::string(said.substr(blank + 1))), 60) + " (pid " + std::string(said.substr(0, blank)) + ")";
  Error error = make_error("lock.held", holder + " is at work on this machine", "Wait until it has ended and run again.");
  error.retryable = true;
  return error;
}

Status require_ours(int file, const Path& path) {
  struct stat seen {};
  if (::fstat(file, &seen) != 0) return system_error(errno, path, "looked at");
  if (!S_ISREG(seen.st_mode) || seen.st_nlink != 1) return path_unsafe(path, "is no plain file");
  if (seen.st_uid != 0 && seen.st_uid != ::geteuid()) return path_unsafe(path, "belongs to another user");
  if ((seen.st_mode & 07777) != 0600 && ::fchmod(file, 0600) != 0) return system_error(errno, path, "given its mode");
  return {};
}

}  // namespace

Status PosixRunLock::make_directory(const Path& directory) {
  PosixFiles files(walker_);
  const FileAttributes wanted{{0755}, {::geteuid(), ::getegid()}};
  const std::optional<FileStat> there = TRY(files.stat(directory));
  if (there && there->kind == FileKind::directory && there->attributes == wanted) return {};
  return files.make_dir(directory, wanted);
}

Result<std::unique_ptr<RunLockHandle>> PosixRunLock::acquire(const Path& file) {
  TRY(make_directory(file.parent()));
  const Located at = TRY(walker_.locate_to_write(file, ::geteuid()));
  Descriptor opened(
      ::openat(at.directory.number(), at.name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600));
  if (!opened) return system_error(errno, file, "opened");
  TRY(require_ours(opened.number(), file));
  if (::flock(opened.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return held_error(opened.number());
    return system_error(errno, file, "locked");
  }
  const std::string mark = std::to_string(::getpid()) + " " + name_ + "\n";
  if (::ftruncate(opened.number(), 0) != 0 ||
      ::pwrite(opened.number(), mark.data(), mark.size(), 0) != static_cast<ssize_t>(mark.size()))
    return system_error(errno, file, "written");
  return std::unique_ptr<RunLockHandle>(std::make_unique<Held>(std::move(opened)));
}

}  // namespace cosigner::host
