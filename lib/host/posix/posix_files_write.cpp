#include <fcntl.h>

#include <cerrno>

#include "host/posix/atomic_file.hpp"
#include "host/posix/file_tree.hpp"
#include "host/posix/path_rules.hpp"
#include "host/posix/posix_files.hpp"
#include "host/posix/system_errors.hpp"

namespace cosigner::host {
namespace {

/// What is there under the name, itself; nothing when absent.
Result<std::optional<struct stat>> entry_at(const Located& at, const Path& path) {
  struct stat seen {};
  if (::fstatat(at.directory.number(), at.name.c_str(), &seen, AT_SYMLINK_NOFOLLOW) == 0) return std::optional(seen);
  if (errno == ENOENT) return std::optional<struct stat>();
  return system_error(errno, path, "looked at");
}

Result<Descriptor> create_to_append(const Located& at, const Path& path, const FileAttributes& attributes) {
  Descriptor file(
      ::openat(at.directory.number(), at.name.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return system_error(errno, path, "created");
  TRY(correct_attributes(file.number(), path, attributes));
  return file;
}

Result<Descriptor> open_to_append(const Located& at, const Path& path, const FileAttributes& attributes) {
  Descriptor file(
      ::openat(at.directory.number(), at.name.c_str(), O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat seen {};
  if (!file || ::fstat(file.number(), &seen) != 0) return system_error(errno, path, "opened");
  if (!S_ISREG(seen.st_mode)) return path_unsafe(path, "is there already and no regular file");
  if (seen.st_uid != attributes.owner.uid) return path_unsafe(path, "belongs to another user");
  if (seen.st_nlink != 1) return path_unsafe(path, "has a second name (hard link)");
  return file;
}

/// A half-written end is cut off again, so that the records before it stay readable.
Status append_whole(int file, const Path& path, std::string_view content) {
  struct stat before {};
  if (::fstat(file, &before) != 0) return system_error(errno, path, "looked at");
  Status done = write_all(file, path, content);
  if (!done.ok()) {
    if (::ftruncate(file, before.st_size) != 0) return std::move(done).error().followed_by(system_error(errno, path, "cut back"));
    return done;
  }
  if (::fdatasync(file) != 0) return system_error(errno, path, "written", content.size());
  return {};
}

}  // namespace

Status PosixFiles::write_atomic(const Path& path, std::string_view content, const FileAttributes& attributes) {
  const Located at = TRY(walker_.locate_to_write(path, attributes.owner.uid));
  const std::optional<struct stat> old = TRY(entry_at(at, path));
  if (old && !S_ISREG(old->st_mode)) return path_unsafe(path, "is there already and no regular file");
  return replace_file(at, path, content, attributes);
}

Status PosixFiles::append_durable(const Path& path, std::string_view content, const FileAttributes& attributes) {
  const Located at = TRY(walker_.locate_to_write(path, attributes.owner.uid));
  const std::optional<struct stat> old = TRY(entry_at(at, path));
  if (old && !S_ISREG(old->st_mode)) return path_unsafe(path, "is there already and no regular file");
  const Descriptor file = old ? TRY(open_to_append(at, path, attributes)) : TRY(create_to_append(at, path, attributes));
  TRY(append_whole(file.number(), path, content));
  return old ? Status() : sync_directory(at, path);
}

Status PosixFiles::make_missing(const Path& directory) {
  if (directory == Path("/") || TRY(walker_.locate_followed(directory))) return {};
  TRY(make_missing(directory.parent()));
  return make_dir(
      directory,
      FileAttributes{{0755}, {walker_.is_whole_machine() ? 0 : ::geteuid(), walker_.is_whole_machine() ? 0 : ::getegid()}});
}

Status PosixFiles::make_dir(const Path& path, const FileAttributes& attributes) {
  TRY(walker_.usable());
  TRY(make_missing(path.parent()));
  const Located at = TRY(walker_.locate_to_write(path, attributes.owner.uid));
  const std::optional<struct stat> old = TRY(entry_at(at, path));
  if (old && !S_ISDIR(old->st_mode)) return path_unsafe(path, "is there already and no directory");
  if (!old && ::mkdirat(at.directory.number(), at.name.c_str(), 0700) != 0) return system_error(errno, path, "made");
  const Descriptor made(::openat(at.directory.number(), at.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!made) return system_error(errno, path, "opened");
  TRY(correct_attributes(made.number(), path, attributes));
  return old ? Status() : sync_directory(at, path);
}

/// In a directory that is not root's only what cannot be somebody else's under a second name is given away.
Status PosixFiles::set_attributes(const Path& path, const FileAttributes& attributes) {
  const Located at = TRY(walker_.locate_to_write(path, attributes.owner.uid));
  const std::optional<struct stat> old = TRY(entry_at(at, path));
  if (!old) return make_error("host.io_failed", path.text() + " does not exist");
  if (!S_ISREG(old->st_mode) && !S_ISDIR(old->st_mode)) return path_unsafe(path, "is neither a file nor a directory");
  const Descriptor opened(
      ::openat(at.directory.number(), at.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat seen {};
  if (!opened || ::fstat(opened.number(), &seen) != 0) return system_error(errno, path, "opened");
  if (seen.st_ino != old->st_ino || seen.st_dev != old->st_dev) return path_unsafe(path, "changed while it was opened");
  if (S_ISREG(seen.st_mode) && seen.st_nlink != 1) return path_unsafe(path, "has a second name (hard link)");
  return correct_attributes(opened.number(), path, attributes);
}

Status PosixFiles::remove(const Path& path) {
  if (path == Path("/")) return path_unsafe(path, "is the root directory");
  const std::optional<Located> at = TRY(walker_.locate_to_remove(path));
  if (!at) return {};
  const std::optional<struct stat> old = TRY(entry_at(*at, path));
  if (!old) return {};
  const int flags = S_ISDIR(old->st_mode) ? AT_REMOVEDIR : 0;
  if (::unlinkat(at->directory.number(), at->name.c_str(), flags) != 0 && errno != ENOENT)
    return system_error(errno, path, "removed");
  return sync_directory(*at, path);
}

Status PosixFiles::remove_tree(const Path& path) {
  if (path == Path("/")) return path_unsafe(path, "is the root directory");
  const std::optional<Located> at = TRY(walker_.locate_to_remove(path));
  if (!at) return {};
  TRY(remove_entries(at->directory.number(), at->name, path));
  return sync_directory(*at, path);
}

Status PosixFiles::rename(const Path& from, const Path& to) {
  const Located source = TRY(walker_.locate_to_write(from, 0));
  const Located target = TRY(walker_.locate_to_write(to, 0));
  if (::renameat(source.directory.number(), source.name.c_str(), target.directory.number(), target.name.c_str()) != 0)
    return system_error(errno, from, "moved to " + to.text());
  TRY(sync_directory(target, to));
  return sync_directory(source, from);
}

}  // namespace cosigner::host
