#include <dirent.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/crypto.hpp"
#include "host/posix/mount_table.hpp"
#include "host/posix/path_rules.hpp"
#include "host/posix/posix_files.hpp"
#include "host/posix/system_errors.hpp"

namespace cosigner::host {
namespace {

FileKind kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return FileKind::directory;
  if (S_ISLNK(mode)) return FileKind::link;
  if (S_ISCHR(mode)) return FileKind::character_device;
  if (S_ISBLK(mode)) return FileKind::block_device;
  if (S_ISFIFO(mode)) return FileKind::fifo;
  if (S_ISSOCK(mode)) return FileKind::socket;
  return FileKind::regular;
}

/// Gives every piece to `take`, which may end the reading with an error.
template <class Take>
Status read_pieces(int file, const Path& path, Take&& take) {
  char buffer[65536];
  for (;;) {
    const ssize_t count = ::read(file, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno, path, "read");
    if (count == 0) return {};
    TRY(take(std::string_view(buffer, static_cast<std::size_t>(count))));
  }
}

}  // namespace

Result<std::optional<FileStat>> PosixFiles::stat(const Path& path) const {
  const std::optional<Located> found = TRY(walker_.locate(path));
  if (!found) return std::optional<FileStat>();
  struct stat seen {};
  if (::fstatat(found->directory.number(), found->name.c_str(), &seen, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return std::optional<FileStat>();
    return system_error(errno, path, "looked at");
  }
  const Time modified{std::chrono::seconds(seen.st_mtime)};
  return std::optional(
      FileStat{kind_of(seen.st_mode), attributes_of(seen), static_cast<std::uint64_t>(seen.st_size), seen.st_nlink, modified});
}

/// Looks before it opens, because opening a device can do something, and compares afterwards.
Result<std::optional<Descriptor>> PosixFiles::open_regular(const Path& path) const {
  const std::optional<Located> found = TRY(walker_.locate_followed(path));
  if (!found) return std::optional<Descriptor>();
  struct stat before {};
  if (::fstatat(found->directory.number(), found->name.c_str(), &before, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return std::optional<Descriptor>();
    return system_error(errno, path, "read");
  }
  if (!S_ISREG(before.st_mode)) return path_unsafe(path, "is no regular file");
  if (before.st_nlink > 1 && !Trust{::geteuid(), 0}.trusts(found->parent.st_uid))
    return path_unsafe(path, "has a second name (hard link)");
  Descriptor file(
      ::openat(found->directory.number(), found->name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file && errno == ENOENT) return std::optional<Descriptor>();
  struct stat after {};
  if (!file || ::fstat(file.number(), &after) != 0) return system_error(errno, path, "read");
  if (after.st_dev != before.st_dev || after.st_ino != before.st_ino) return path_unsafe(path, "changed while it was opened");
  return std::optional(std::move(file));
}

Result<std::optional<std::string>> PosixFiles::read(const Path& path, std::size_t limit) const {
  const std::optional<Descriptor> file = TRY(open_regular(path));
  if (!file) return std::optional<std::string>();
  std::string content;
  TRY(read_pieces(file->number(), path, [&](std::string_view piece) -> Status {
    content += piece;
    if (content.size() <= limit) return {};
    return make_error("host.file_too_large", path.text() + " has more than " + std::to_string(limit) + " bytes",
                      "Look at what makes the file so large.");
  }));
  return std::optional(std::move(content));
}

Result<std::optional<std::string>> PosixFiles::read_part(const Path& path, std::uint64_t offset, std::size_t limit) const {
  const std::optional<Descriptor> file = TRY(open_regular(path));
  if (!file) return std::optional<std::string>();
  std::string content(limit, '\0');
  std::size_t have = 0;
  while (have < limit) {
    const ssize_t count = ::pread(file->number(), content.data() + have, limit - have, static_cast<off_t>(offset + have));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno, path, "read");
    if (count == 0) break;
    have += static_cast<std::size_t>(count);
  }
  content.resize(have);
  return std::optional(std::move(content));
}

Result<std::optional<std::string>> PosixFiles::sha256(const Path& path) const {
  const std::optional<Descriptor> file = TRY(open_regular(path));
  if (!file) return std::optional<std::string>();
  Sha256 sum;
  TRY(read_pieces(file->number(), path, [&](std::string_view piece) -> Status {
    sum.add(piece);
    return {};
  }));
  return std::optional(sum.finish_hex());
}

Result<std::vector<std::string>> PosixFiles::list(const Path& path) const {
  std::vector<std::string> names;
  const std::optional<Located> found = TRY(walker_.locate_followed(path));
  if (!found) return names;
  const int directory = ::openat(found->directory.number(), found->name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0 && errno == ENOENT) return names;
  if (directory < 0) return system_error(errno, path, "listed");
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(directory), ::closedir);
  if (!stream) return system_error(errno, path, "listed");
  errno = 0;
  while (const dirent* entry = ::readdir(stream.get())) {  // NOLINT(concurrency-mt-unsafe): the stream is this function's own
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  if (errno != 0) return system_error(errno, path, "listed");
  std::sort(names.begin(), names.end());
  return names;
}

/// Below a --root folder without /proc the machine's own table is used, with the folder's place in it.
Result<Mount> PosixFiles::mount_of(const Path& path) const {
  const Path table("/proc/self/mountinfo");
  constexpr std::size_t limit = 16 * 1024 * 1024;
  const std::optional<Located> place = TRY(walker_.locate_followed(path));
  const Path real = place ? place->place : path;
  if (const std::optional<std::string> own = TRY(read(table, limit))) return deepest_mount(parse_mountinfo(*own), real);
  const PathWalker machine("/");
  const std::optional<std::string> text = TRY(PosixFiles(machine).read(table, limit));
  if (!text) return make_error("host.io_failed", "/proc is not mounted", "Mount /proc and run again.");
  Mount mount = deepest_mount(parse_mountinfo(*text), Path(walker_.root() + real.text()));
  const Path root(walker_.root());
  mount.point = mount.point.is_within(root) ? Path(mount.point.text().substr(root.text().size())) : Path("/");
  return mount;
}

Result<std::uint64_t> PosixFiles::free_space(const Path& path) const {
  for (Path place = path;; place = place.parent()) {
    const std::optional<Descriptor> opened = TRY(walker_.open_to_read(place, O_PATH));
    if (!opened && place != Path("/")) continue;
    struct statvfs seen {};
    if (!opened || ::fstatvfs(opened->number(), &seen) != 0) return system_error(errno, place, "measured");
    return static_cast<std::uint64_t>(seen.f_bfree) * seen.f_frsize;
  }
}

}  // namespace cosigner::host
