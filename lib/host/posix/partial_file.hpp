// A file that is being downloaded: "NAME.partial" beside its target, 0600, made and written by descriptor below a directory that
// only root can write to, and renamed onto the target when it is whole and has the wanted digest.
//
// Errors: `host.path_unsafe` (link, other owner or kind), `host.disk_full`, `host.io_failed`, `network.digest_mismatch`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/path.hpp"
#include "base/result.hpp"

namespace cosigner::host {

class PartialFile {
 public:
  /// With `resume` what an earlier download left is kept, else it starts empty.
  static Result<PartialFile> open(const Path& target, bool resume);
  PartialFile(PartialFile&&) noexcept;
  ~PartialFile();

  std::uint64_t size() const { return size_; }
  Status append(std::string_view bytes);
  Status truncate();
  /// Removes it.
  Status discard();
  /// Syncs, compares the digest (64 hex digits) when given, renames. A wrong digest removes the partial file: resuming it is no use.
  Status finish(const std::optional<std::string>& sha256_hex);

 private:
  struct Descriptors;
  PartialFile(std::unique_ptr<Descriptors> descriptors, const Path& target, std::uint64_t size);
  Result<std::string> digest() const;

  std::unique_ptr<Descriptors> descriptors_;
  Path target_;
  std::uint64_t size_;
};

}  // namespace cosigner::host
