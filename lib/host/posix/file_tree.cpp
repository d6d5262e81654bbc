#include "host/posix/file_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>
#include <vector>

#include "host/posix/descriptor.hpp"
#include "host/posix/system_errors.hpp"

namespace cosigner::host {
namespace {

constexpr int deepest = 200;  // one open descriptor each

Result<std::vector<std::string>> names_in(int directory, const Path& path) {
  const int own = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (own < 0) return system_error(errno, path, "listed");
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(own), ::closedir);
  if (!stream) return system_error(errno, path, "listed");
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(stream.get())) {  // NOLINT(concurrency-mt-unsafe): the stream is this function's own
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  if (errno != 0) return system_error(errno, path, "listed");
  return names;
}

Status remove_one(int directory, const std::string& name, const Path& path, dev_t device, int depth) {
  if (::unlinkat(directory, name.c_str(), 0) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR && errno != EPERM) return system_error(errno, path, "removed");
  const Descriptor inside(::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat seen {};
  if (!inside || ::fstat(inside.number(), &seen) != 0) return system_error(errno, path, "removed");
  if (seen.st_dev != device) return make_error("host.io_failed", path.text() + " is a mount", "Unmount it and run again.");
  if (depth >= deepest) return make_error("host.io_failed", path.text() + " lies too deep", "Remove the tree by hand.");
  const std::vector<std::string> names = TRY(names_in(inside.number(), path));
  for (const std::string& below : names) TRY(remove_one(inside.number(), below, path / below, device, depth + 1));
  if (::unlinkat(directory, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) return system_error(errno, path, "removed");
  return {};
}

}  // namespace

Status remove_entries(int directory, const std::string& name, const Path& path) {
  struct stat parent {};
  if (::fstat(directory, &parent) != 0) return system_error(errno, path, "removed");
  return remove_one(directory, name, path, parent.st_dev, 0);
}

}  // namespace cosigner::host
