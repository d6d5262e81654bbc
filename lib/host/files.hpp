// Files, directories and mounts of the target machine.
//
// Reached by one walker: no symbolic link below the fixed prefixes is followed, parents must be root's and not writable by
// others, writing is a temporary file in the same directory, mode and owner by descriptor, sync, rename, sync of the directory
// (threats L1). Errors: `host.path_unsafe` (link, foreign parent, wrong kind), `host.disk_full`, `host.read_only`,
// `host.permission_denied`, `host.file_too_large`, `host.file_size_limited` (ulimit), `host.io_failed`. Absent is not an error.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/path.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "host/types.hpp"

namespace cosigner::host {

enum class FileKind { regular, directory, link, character_device, block_device, fifo, socket };

struct FileStat {
  FileKind kind = FileKind::regular;
  FileAttributes attributes;
  std::uint64_t size = 0;
  std::uint64_t links = 1;
  Time modified{};
};

struct Mount {
  Path point;
  std::string type;                  // "ext4", "tmpfs", "devtmpfs"
  std::vector<std::string> options;  // "rw", "nosuid", "noexec"
};

class FilesView {
 public:
  virtual ~FilesView() = default;
  /// Of the entry itself, never of what a link points to.
  virtual Result<std::optional<FileStat>> stat(const Path& path) const = 0;
  /// The bytes of a regular file of at most `limit` bytes; nothing when absent. Files below /proc and /sys are read too.
  virtual Result<std::optional<std::string>> read(const Path& path, std::size_t limit = 4 * 1024 * 1024) const = 0;
  /// At most `limit` bytes from `offset` on, empty at the end, nothing when absent: for files too large to hold. This default holds them.
  virtual Result<std::optional<std::string>> read_part(const Path& path, std::uint64_t offset, std::size_t limit) const {
    auto whole = read(path, static_cast<std::size_t>(-1));
    if (!whole || !*whole) return whole;
    return std::optional(offset >= (*whole)->size() ? std::string() : (*whole)->substr(static_cast<std::size_t>(offset), limit));
  }
  /// Names in a directory, sorted; empty when absent.
  virtual Result<std::vector<std::string>> list(const Path& path) const = 0;
  /// SHA-256 as hex, without a size limit; nothing when absent.
  virtual Result<std::optional<std::string>> sha256(const Path& path) const = 0;
  /// The mount that holds the path (the deepest one).
  virtual Result<Mount> mount_of(const Path& path) const = 0;
  /// Bytes that root may still write where the path lies (or its nearest existing parent).
  virtual Result<std::uint64_t> free_space(const Path& path) const = 0;
};

class Files : public virtual FilesView {
 public:
  /// Replaces or creates; atomic and durable when it returns.
  virtual Status write_atomic(const Path& path, std::string_view content, const FileAttributes& attributes) = 0;
  /// Appends and syncs; creates with the attributes when absent. For append-only records.
  virtual Status append_durable(const Path& path, std::string_view content, const FileAttributes& attributes) = 0;
  /// Makes the directory (parents must exist or are made with mode 0755 of root) and corrects mode and owner of the last one.
  virtual Status make_dir(const Path& path, const FileAttributes& attributes) = 0;
  /// Corrects mode and owner, by descriptor, never through a link.
  virtual Status set_attributes(const Path& path, const FileAttributes& attributes) = 0;
  /// A file, link or empty directory; absent is success.
  virtual Status remove(const Path& path) = 0;
  /// Everything below a directory that is ours, and the directory; links are removed, not followed; absent is success.
  virtual Status remove_tree(const Path& path) = 0;
  virtual Status rename(const Path& from, const Path& to) = 0;
};

}  // namespace cosigner::host
