// The one reader of tar.gz archives. It writes nothing: entries come one by one, and the caller decides what becomes of their bytes.
//
// Hostile input (threats M6): only regular files and directories with plain relative names; no link, device, set-id bit, second entry of a
// name; limits on count, size, depth and ratio. The library's own extraction is not used. Errors: `host.archive_unreadable`,
// `host.archive_unsafe`.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/path.hpp"
#include "base/result.hpp"
#include "host/files.hpp"

namespace cosigner::host {

struct ArchiveLimits {
  std::size_t entries = 20'000;
  std::uint64_t total_size = 4ull << 30;  // bytes of all files
  std::uint64_t held_size = 48ull << 20;  // bytes of one file that the caller wants
  std::size_t depth = 16;
  std::uint64_t ratio = 200;              // total over packed size, beyond the first 16 MiB
};

struct ArchiveEntry {
  std::string name;  // relative, without "./" and a closing slash
  bool is_directory = false;
  std::uint64_t size = 0;
};

using ArchiveWish = std::function<bool(const ArchiveEntry&)>;
using ArchiveTaker = std::function<Status(const ArchiveEntry&, std::string_view content)>;

/// Reads the whole archive; the content of files for which `wants` is true goes to `take`, whose error ends the reading.
Status for_each_archive_entry(const FilesView& files, const Path& archive, const ArchiveLimits& limits, const ArchiveWish& wants, const ArchiveTaker& take);

}  // namespace cosigner::host
