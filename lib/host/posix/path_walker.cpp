#include "host/posix/path_walker.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include <cerrno>
#include <climits>
#include <cstring>

#include "host/posix/path_rules.hpp"
#include "host/posix/system_errors.hpp"

namespace cosigner::host {
namespace {

constexpr int opened_as_place = O_PATH | O_NOFOLLOW | O_CLOEXEC;

int open_beneath(int root, const std::string& relative) {
  struct open_how how {};
  how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH;
  return static_cast<int>(::syscall(SYS_openat2, root, relative.c_str(), &how, sizeof how));
}

bool is_writable_by_others(const struct stat& seen) { return (seen.st_mode & 0022u) != 0; }

/// The way to a --root folder must be root's (or ours). A sticky directory on the way is good: only the owner of an entry can
/// move it.
Result<Descriptor> open_root(const std::string& root) {
  Descriptor at(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  Path place("/");
  for (const std::string& part : parts_of(Path(root))) {
    place = place / part;
    Descriptor next(::openat(at.number(), part.c_str(), opened_as_place | O_DIRECTORY));
    if (!next) return system_error(errno, place, "used as root");
    struct stat seen {};
    if (::fstat(next.number(), &seen) != 0) return system_error(errno, place, "used as root");
    if (seen.st_uid != 0 && seen.st_uid != ::geteuid())
      return path_unsafe(place, "belongs to another user and cannot be a root directory");
    if (is_writable_by_others(seen) && (seen.st_mode & S_ISVTX) == 0)
      return path_unsafe(place, "is writable by others and cannot be a root directory");
    at = std::move(next);
  }
  if (!at) return system_error(errno, Path("/"), "opened");
  return at;
}

Status judged_directory(const Path& place, const struct stat& seen, std::uint32_t receiver) {
  const std::string why = distrust_of(place, attributes_of(seen), Trust{::geteuid(), receiver});
  if (!why.empty()) return path_unsafe(place, why);
  return {};
}

}  // namespace

FileAttributes attributes_of(const struct stat& seen) {
  return FileAttributes{FileMode{static_cast<std::uint32_t>(seen.st_mode) & 07777u}, Owner{seen.st_uid, seen.st_gid}};
}

PathWalker::PathWalker(const std::string& root, Method method) : root_(Path(root).text()), method_(method) {
  Result<Descriptor> opened = open_root(root_);
  if (opened.ok()) {
    root_directory_ = std::move(opened).value();
  } else {
    trouble_ = std::move(opened).error();
  }
}

Status PathWalker::usable() const {
  if (trouble_) return Error(*trouble_);
  return {};
}

/// The quick way: the kernel promises that there was no link.
std::optional<Located> PathWalker::at_once(const Path& path) const {
  const Path parent = path.parent();
  const std::string relative = parent == Path("/") ? "." : parent.text().substr(1);
  Located found;
  found.directory = Descriptor(open_beneath(root_directory_.number(), relative));
  if (!found.directory || ::fstat(found.directory.number(), &found.parent) != 0) return std::nullopt;
  found.place = path;
  found.name = path == Path("/") ? "." : path.name();
  return found;
}

Result<Path> PathWalker::judged_link(int link, const struct stat& link_stat, const struct stat& parent, const Path& place,
                                     Purpose purpose) const {
  const Trust trust{::geteuid(), 0};
  const bool by_root = trust.trusts(link_stat.st_uid) && trust.trusts(parent.st_uid) && !is_writable_by_others(parent);
  if (!by_root || (purpose != Purpose::read && !is_fixed_prefix(place))) return path_unsafe(place, "is a symbolic link");
  char target[PATH_MAX];
  const ssize_t length = ::readlinkat(link, "", target, sizeof target);
  if (length < 0) return system_error(errno, place, "read");
  return link_target(place, std::string(target, static_cast<std::size_t>(length)));
}

Result<std::optional<Located>> PathWalker::walk(const Path& path, Purpose purpose, std::uint32_t receiver) const {
  TRY(usable());
  if (!path.is_plain()) return path_unsafe(path, "is no plain absolute path");
  Path wanted = path;
  for (int links = 0; links <= max_links; ++links) {
    Located at;
    at.directory = Descriptor(::openat(root_directory_.number(), ".", opened_as_place | O_DIRECTORY));
    if (::fstat(at.directory.number(), &at.parent) != 0) return system_error(errno, Path("/"), "opened");
    if (purpose == Purpose::write) TRY(judged_directory(Path("/"), at.parent, receiver));
    bool again = false;
    Path place("/");
    for (const std::string& part : parts_of(wanted.parent())) {
      const Path here = place / part;
      Descriptor next(::openat(at.directory.number(), part.c_str(), opened_as_place));
      if (!next && errno == ENOENT) return std::optional<Located>();
      struct stat seen {};
      if (!next || ::fstat(next.number(), &seen) != 0) return system_error(errno, here, "opened");
      if (S_ISLNK(seen.st_mode)) {
        const Path target = TRY(judged_link(next.number(), seen, at.parent, here, purpose));
        wanted = Path(target.text() + wanted.text().substr(here.text().size()));
        again = true;
        break;
      }
      if (!S_ISDIR(seen.st_mode)) return path_unsafe(here, "is no directory");
      if (purpose == Purpose::write) TRY(judged_directory(here, seen, receiver));
      at.directory = std::move(next);
      at.parent = seen;
      place = here;
    }
    if (again) continue;
    at.place = wanted;
    at.name = wanted == Path("/") ? "." : wanted.name();
    return std::optional(std::move(at));
  }
  return path_unsafe(path, "has too many symbolic links");
}

Result<std::optional<Located>> PathWalker::locate(const Path& path) const {
  if (!trouble_ && method_ == Method::openat2 && path.is_plain())
    if (std::optional<Located> found = at_once(path)) return found;
  return walk(path, Purpose::read, 0);
}

Result<std::optional<Located>> PathWalker::locate_to_remove(const Path& path) const { return walk(path, Purpose::remove, 0); }

Result<Located> PathWalker::locate_to_write(const Path& path, std::uint32_t receiver) const {
  if (path == Path("/")) return path_unsafe(path, "is the root directory");
  std::optional<Located> found = TRY(walk(path, Purpose::write, receiver));
  if (!found)
    return make_error("host.io_failed", "the directory " + path.parent().text() + " does not exist", "Make the directory first.");
  return std::move(*found);
}

Result<std::optional<Located>> PathWalker::locate_followed(const Path& path) const {
  Path wanted = path;
  for (int links = 0; links <= max_links; ++links) {
    std::optional<Located> found = TRY(locate(wanted));
    if (!found) return std::optional<Located>();
    Descriptor end(::openat(found->directory.number(), found->name.c_str(), opened_as_place));
    if (!end && errno == ENOENT) return std::optional<Located>();
    struct stat seen {};
    if (!end || ::fstat(end.number(), &seen) != 0) return system_error(errno, wanted, "opened");
    if (!S_ISLNK(seen.st_mode)) return found;
    wanted = TRY(judged_link(end.number(), seen, found->parent, found->place, Purpose::read));
  }
  return path_unsafe(path, "has too many symbolic links");
}

Result<std::optional<Descriptor>> PathWalker::open_to_read(const Path& path, int flags) const {
  const std::optional<Located> found = TRY(locate_followed(path));
  if (!found) return std::optional<Descriptor>();
  const int all = flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;
  Descriptor opened(::openat(found->directory.number(), found->name.c_str(), all));
  if (!opened && errno == ENOENT) return std::optional<Descriptor>();
  if (!opened) return system_error(errno, path, "opened");
  return std::optional(std::move(opened));
}

}  // namespace cosigner::host
