#include "host/posix/posix_operator_files.hpp"

#include <fcntl.h>
#include <sys/fsuid.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "host/posix/atomic_file.hpp"
#include "host/posix/system_errors.hpp"

namespace cosigner::host {
namespace {

/// The caller's rights on files, for one open: with another file system uid the kernel takes root's override away as well.
class CallersRights {
 public:
  explicit CallersRights(const std::optional<Owner>& caller) : caller_(::geteuid() == 0 ? caller : std::nullopt) {
    if (!caller_) return;
    ::setfsgid(caller_->gid);
    ::setfsuid(caller_->uid);
  }
  ~CallersRights() {
    if (!caller_) return;
    const int reason = errno;
    ::setfsuid(::geteuid());
    ::setfsgid(::getegid());
    errno = reason;
  }
  CallersRights(const CallersRights&) = delete;
  CallersRights& operator=(const CallersRights&) = delete;

 private:
  std::optional<Owner> caller_;
};

Descriptor open_as(const std::string& path, int flags, const std::optional<Owner>& caller) {
  const CallersRights rights(caller);
  return Descriptor(::open(path.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600));
}

Error failed(const char* code, const std::string& path, const std::string& why) {
  return make_error(code, path + " " + why, "Name another file or correct this one.");
}

}  // namespace

Result<std::optional<OperatorFile>> PosixOperatorFiles::read(const std::string& path, std::size_t limit,
                                                             const std::optional<Owner>& caller) const {
  if (path.find('\0') != std::string::npos)
    return failed("operator_file.unreadable", "a path with a zero byte", "cannot be opened");
  const Descriptor file = open_as(path, O_RDONLY, caller);
  if (!file && errno == ENOENT) return std::optional<OperatorFile>();
  if (!file && (errno == ELOOP || errno == ENXIO)) return failed("operator_file.not_regular", path, "is no regular file");
  struct stat seen {};
  if (!file || ::fstat(file.number(), &seen) != 0)
    return failed("operator_file.unreadable", path, "cannot be read: " + errno_text(errno));
  if (!S_ISREG(seen.st_mode)) return failed("operator_file.not_regular", path, "is no regular file");
  OperatorFile content;
  content.stat = FileStat{FileKind::regular, attributes_of(seen), static_cast<std::uint64_t>(seen.st_size), seen.st_nlink,
                          Time{std::chrono::seconds(seen.st_mtime)}};
  char buffer[16384];
  for (;;) {
    const ssize_t count = ::read(file.number(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("operator_file.unreadable", path, "cannot be read: " + errno_text(errno));
    if (count == 0) break;
    content.bytes.append(buffer, static_cast<std::size_t>(count));
    if (content.bytes.size() > limit)
      return failed("operator_file.too_large", path, "has more than " + std::to_string(limit) + " bytes");
  }
  ::explicit_bzero(buffer, sizeof buffer);  // it may have been a secret
  return std::optional(std::move(content));
}

Status PosixOperatorFiles::create(const std::string& path, std::string_view bytes, const std::optional<Owner>& caller) {
  const Descriptor file = open_as(path, O_WRONLY | O_CREAT | O_EXCL, caller);
  if (!file && errno == EEXIST) return failed("operator_file.exists", path, "is there already");
  if (!file) return failed("operator_file.not_writable", path, "cannot be made: " + errno_text(errno));
  TRY(write_all(file.number(), Path(path), bytes));
  if (::fsync(file.number()) != 0) return failed("operator_file.not_writable", path, "cannot be written: " + errno_text(errno));
  return {};
}

}  // namespace cosigner::host
