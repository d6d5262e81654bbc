#include "host/archive.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <memory>
#include <set>

#include "base/text.hpp"

namespace cosigner::host {
namespace {

constexpr std::size_t part_size = 1024 * 1024;
constexpr std::uint64_t free_ratio_size = 16ull << 20;

Error unreadable(const Path& path, const std::string& what) {
  return make_error("host.archive_unreadable", path.text() + " is not a readable tar.gz archive: " + what, "Fetch the archive again.");
}

/// Feeds libarchive from the file port, so that the model host is read the same way.
struct Source {
  const FilesView& files;
  const Path& path;
  std::uint64_t offset = 0;
  std::string part;
  std::optional<Error> error;
};

la_ssize_t read_more(archive*, void* state, const void** buffer) {
  auto& source = *static_cast<Source*>(state);
  auto part = source.files.read_part(source.path, source.offset, part_size);
  if (!part || !*part) {
    source.error = part ? unreadable(source.path, "it is not there") : std::move(part).error();
    return -1;
  }
  source.part = std::move(**part);
  source.offset += source.part.size();
  *buffer = source.part.data();
  return static_cast<la_ssize_t>(source.part.size());
}

/// A plain relative name: printable ASCII, no empty, "." or ".." part, no backslash. Empty when it is anything else.
std::string plain_name(const char* raw, std::size_t depth_limit) {
  if (raw == nullptr) return {};
  std::string_view text(raw);
  while (text.substr(0, 2) == "./") text.remove_prefix(2);
  if (!text.empty() && text.back() == '/') text.remove_suffix(1);
  if (text.empty() || text.size() > 512) return {};
  const auto parts = split(text, '/');
  if (parts.size() > depth_limit) return {};
  for (const auto part : parts) {
    if (part.empty() || part == "." || part == ".." || part.size() > 240) return {};
    for (const char c : part) {
      if (c <= ' ' || c > '~' || c == '\\') return {};
    }
  }
  return std::string(text);
}

class Reader {
 public:
  Reader(const FilesView& files, const Path& path, const ArchiveLimits& limits) : source_{files, path, 0, {}, {}}, path_(path), limits_(limits), archive_(archive_read_new(), &archive_read_free) {}

  Status read(const ArchiveWish& wants, const ArchiveTaker& take) {
    archive_read_support_format_tar(archive_.get());
    archive_read_support_filter_gzip(archive_.get());
    if (archive_read_open(archive_.get(), &source_, nullptr, &read_more, nullptr) != ARCHIVE_OK) return failure();
    archive_entry* entry = nullptr;
    for (int code = next(entry); code != ARCHIVE_EOF; code = next(entry)) {
      if (code != ARCHIVE_OK) return failure();  // a warning too: a name that is not plain, a damaged header
      const auto judged = judge(entry);
      if (!judged) return judged.error();
      if (judged->is_directory || !wants(*judged)) continue;
      TRY(take(*judged, TRY(content_of(*judged))));
    }
    return {};
  }

 private:
  int next(archive_entry*& entry) { return archive_read_next_header(archive_.get(), &entry); }

  Error failure() {
    if (source_.error) return std::move(*source_.error);
    return unreadable(path_, "the data is damaged, cut short or of another kind");
  }

  Error unsafe(const std::string& what) const {
    return make_error("host.archive_unsafe", path_.text() + ": entry " + std::to_string(count_) + " " + what,
                      "Do not use this archive; fetch it again, and tell its publisher.");
  }

  Result<ArchiveEntry> judge(archive_entry* raw) {
    if (++count_ > limits_.entries) return unsafe("is one more than the " + std::to_string(limits_.entries) + " that are read");
    ArchiveEntry entry;
    const auto kind = archive_entry_filetype(raw);
    entry.is_directory = kind == AE_IFDIR;
    const bool is_link = archive_entry_hardlink(raw) != nullptr || archive_entry_symlink(raw) != nullptr;
    if (is_link || (kind != AE_IFREG && kind != AE_IFDIR)) return unsafe("is neither a file nor a directory");
    if ((archive_entry_perm(raw) & 06000) != 0) return unsafe("has a set-id bit");
    entry.name = plain_name(archive_entry_pathname(raw), limits_.depth);
    if (entry.name.empty()) return unsafe("has a name that leads elsewhere, is too deep, or is not plain");
    if (!entry.is_directory && !names_.insert(entry.name).second) return unsafe("repeats the name of an earlier one");
    if (archive_entry_size(raw) < 0) return unsafe("has no size");
    entry.size = static_cast<std::uint64_t>(archive_entry_size(raw));
    if (entry.size > limits_.total_size - total_) return unsafe("takes the sum beyond what is read");
    total_ += entry.size;
    const std::uint64_t packed = std::max<std::uint64_t>(source_.offset, 1);
    if (total_ > free_ratio_size && total_ / packed > limits_.ratio) return unsafe("is packed more tightly than real data can be");
    return entry;
  }

  Result<std::string> content_of(const ArchiveEntry& entry) {
    if (entry.size > limits_.held_size) return unsafe("is larger than the " + to_people_size(limits_.held_size) + " that a wanted file may have");
    std::string content(static_cast<std::size_t>(entry.size), '\0');
    std::size_t have = 0;
    while (have < content.size()) {
      const la_ssize_t count = archive_read_data(archive_.get(), content.data() + have, content.size() - have);
      if (count <= 0) return failure();
      have += static_cast<std::size_t>(count);
    }
    return content;
  }

  Source source_;
  const Path& path_;
  const ArchiveLimits& limits_;
  std::unique_ptr<archive, decltype(&archive_read_free)> archive_;
  std::size_t count_ = 0;
  std::uint64_t total_ = 0;
  std::set<std::string> names_;
};

}  // namespace

Status for_each_archive_entry(const FilesView& files, const Path& archive, const ArchiveLimits& limits, const ArchiveWish& wants, const ArchiveTaker& take) {
  return Reader(files, archive, limits).read(wants, take);
}

}  // namespace cosigner::host
