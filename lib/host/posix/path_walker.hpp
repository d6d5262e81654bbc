// The one way to a file of the target machine (threats L1). Everything lies beneath one root directory, opened once: "/" or the
// folder that --root names.
//
// For reading the parent is opened by openat2 without symbolic links and beneath the root; where that finds a link, or the kernel
// has no openat2 (before Linux 5.6), one no-follow open per component, so that each link is judged: root's, in a directory of
// root's. For writing it is always one per component, because each parent's owner and mode is judged on its own descriptor.
//
// Errors: `host.path_unsafe`, `host.permission_denied`, `host.io_failed`.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

#include "base/path.hpp"
#include "base/result.hpp"
#include "host/posix/descriptor.hpp"
#include "host/types.hpp"

namespace cosigner::host {

/// The last component of a path, and the open directory that holds it.
struct Located {
  Descriptor directory;   // O_PATH
  struct stat parent {};  // of the directory
  Path place;             // without links
  std::string name;       // "." for the root itself
};

class PathWalker {
 public:
  enum class Method { openat2, each_component };

  /// Refuses (with every later call) a root whose way there others than root could change.
  explicit PathWalker(const std::string& root = "/", Method method = Method::openat2);

  const std::string& root() const { return root_; }
  bool is_whole_machine() const { return root_ == "/"; }
  Status usable() const;

  /// Where the entry itself lies; nothing when a parent is absent.
  Result<std::optional<Located>> locate(const Path& path) const;
  /// The same, for removing: no links, but whose directory it is does not matter, as nothing but its own entry is touched.
  Result<std::optional<Located>> locate_to_remove(const Path& path) const;
  /// Where an entry may be written that `receiver` will own. An absent parent is `host.io_failed`.
  Result<Located> locate_to_write(const Path& path, std::uint32_t receiver) const;
  /// Opens what a path means to a reader, with the flags given (O_CLOEXEC, O_NOFOLLOW, O_NOCTTY and O_NONBLOCK are added);
  /// nothing when absent.
  Result<std::optional<Descriptor>> open_to_read(const Path& path, int flags) const;
  /// The same walk, without opening the end: where the entry is that a reader means.
  Result<std::optional<Located>> locate_followed(const Path& path) const;

 private:
  enum class Purpose { read, remove, write };
  Result<std::optional<Located>> walk(const Path& path, Purpose purpose, std::uint32_t receiver) const;
  std::optional<Located> at_once(const Path& path) const;
  Result<Path> judged_link(int link, const struct stat& link_stat, const struct stat& parent, const Path& place,
                           Purpose purpose) const;

  std::string root_;
  Method method_;
  Descriptor root_directory_;
  std::optional<Error> trouble_;
};

FileAttributes attributes_of(const struct stat& seen);

}  // namespace cosigner::host
