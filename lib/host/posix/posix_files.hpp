// The real files, reached by the walker.
#pragma once

#include "host/files.hpp"
#include "host/posix/path_walker.hpp"

namespace cosigner::host {

class PosixFiles : public Files {
 public:
  /// `walker` must outlive this.
  explicit PosixFiles(const PathWalker& walker) : walker_(walker) {}

  Result<std::optional<FileStat>> stat(const Path& path) const override;
  /// A hard link in a directory that is not root's is refused: its owner cannot read what he may have linked there (threats C1).
  Result<std::optional<std::string>> read(const Path& path, std::size_t limit = 4 * 1024 * 1024) const override;
  Result<std::optional<std::string>> read_part(const Path& path, std::uint64_t offset, std::size_t limit) const override;
  Result<std::vector<std::string>> list(const Path& path) const override;
  Result<std::optional<std::string>> sha256(const Path& path) const override;
  Result<Mount> mount_of(const Path& path) const override;
  Result<std::uint64_t> free_space(const Path& path) const override;

  Status write_atomic(const Path& path, std::string_view content, const FileAttributes& attributes) override;
  Status append_durable(const Path& path, std::string_view content, const FileAttributes& attributes) override;
  Status make_dir(const Path& path, const FileAttributes& attributes) override;
  Status set_attributes(const Path& path, const FileAttributes& attributes) override;
  Status remove(const Path& path) override;
  Status remove_tree(const Path& path) override;
  Status rename(const Path& from, const Path& to) override;

 private:
  Result<std::optional<Descriptor>> open_regular(const Path& path) const;
  Status make_missing(const Path& directory);

  const PathWalker& walker_;
};

}  // namespace cosigner::host
