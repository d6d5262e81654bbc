#include "host/posix/system_errors.hpp"

#include <cerrno>
#include <cstring>

namespace cosigner::host {

std::string errno_text(int number) {
  const char* text = ::strerrordesc_np(number);
  return text != nullptr ? text : "error " + std::to_string(number);
}

Error path_unsafe(const Path& path, const std::string& why) {
  return make_error("host.path_unsafe", path.text() + " " + why, "Look at who made it, move it away and run again.");
}

Error system_error(int number, const Path& path, const std::string& doing, std::optional<std::size_t> bytes) {
  const std::string what = path.text() + " cannot be " + doing;
  switch (number) {
    case ENOSPC:
    case EDQUOT: {
      const std::string size = bytes ? " (" + std::to_string(*bytes) + " bytes)" : "";
      return make_error("host.disk_full", "no space is left for " + path.text() + size, "Free space on that disk and run again.");
    }
    case EFBIG:
      return make_error("host.file_size_limited", what + ": a limit on the size of files is in force",
                        "Run again without the file size limit (`ulimit -f unlimited`).");
    case EROFS: return make_error("host.read_only", what + ": its file system is read-only", "Mount it writable and run again.");
    case EACCES:
    case EPERM: return make_error("host.permission_denied", what + ": permission denied", "Run again as root.");
    case ELOOP: return path_unsafe(path, "is a symbolic link");
    case ENOTDIR: return path_unsafe(path, "is no directory");
    default: return make_error("host.io_failed", what + ": " + errno_text(number), "Check the disk and the path.");
  }
}

}  // namespace cosigner::host
