#include "host/posix/partial_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "host/posix/path_rules.hpp"
#include "host/posix/path_walker.hpp"
#include "host/posix/system_errors.hpp"

namespace cosigner::host {
namespace {

Error failed(const Path& path, const std::string& what) {
  const int reason = errno;
  if (reason == ENOSPC || reason == EDQUOT)
    return make_error("host.disk_full", "no space is left for " + path.text(), "Free disk space.");
  if (reason == ELOOP)
    return make_error("host.path_unsafe", path.text() + " is or lies behind a symbolic link", "Remove the link.");
  return make_error("host.io_failed", path.text() + " cannot be " + what + ": " + errno_text(reason),
                    "Check the disk and the path.");
}

Error unsafe(const Path& path, const std::string& why) {
  return make_error("host.path_unsafe", path.text() + " " + why, "Remove it and run the command again.");
}

/// Where the target lies: no link on the way but those that an administrator may have made near the root. The folder itself must be
/// ours, as must be what lies in it.
Result<Located> place_of(const Path& target) {
  std::optional<Located> at = TRY(PathWalker("/").locate_to_remove(target));
  if (!at) return make_error("host.io_failed", "the directory " + target.parent().text() + " does not exist", "Make the directory first.");
  const std::string why = distrust_of(target.parent(), attributes_of(at->parent), Trust{geteuid(), 0});
  if (!why.empty()) return unsafe(target.parent(), why);
  return std::move(*at);
}

}  // namespace

struct PartialFile::Descriptors {
  Descriptor directory;
  Descriptor file;
};

PartialFile::PartialFile(std::unique_ptr<Descriptors> descriptors, const Path& target, std::uint64_t size)
    : descriptors_(std::move(descriptors)), target_(target), size_(size) {}
PartialFile::PartialFile(PartialFile&&) noexcept = default;
PartialFile::~PartialFile() = default;

Result<PartialFile> PartialFile::open(const Path& target, bool resume) {
  const Located at = TRY(place_of(target));
  auto descriptors = std::make_unique<Descriptors>();
  descriptors->directory = Descriptor(openat(at.directory.number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));  // one that can be synced
  if (!descriptors->directory) return failed(target.parent(), "opened");
  const Path path = target.text() + ".partial";
  descriptors->file =
      Descriptor(openat(descriptors->directory.number(), path.name().c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600));
  if (!descriptors->file) return failed(path, "opened");
  struct stat seen{};
  if (fstat(descriptors->file.number(), &seen) != 0) return failed(path, "examined");
  if (!S_ISREG(seen.st_mode) || seen.st_nlink != 1 || seen.st_uid != geteuid()) return unsafe(path, "is not a file of this program");
  if (fchmod(descriptors->file.number(), 0600) != 0) return failed(path, "given its mode");
  PartialFile file(std::move(descriptors), target, static_cast<std::uint64_t>(seen.st_size));
  if (!resume) TRY(file.truncate());
  return file;
}

Status PartialFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(descriptors_->file.number(), bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed(target_, "written");
    size_ += static_cast<std::uint64_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status PartialFile::truncate() {
  if (ftruncate(descriptors_->file.number(), 0) != 0) return failed(target_, "emptied");
  size_ = 0;
  return {};
}

Status PartialFile::discard() {
  const std::string name = target_.name() + ".partial";
  if (unlinkat(descriptors_->directory.number(), name.c_str(), 0) != 0 && errno != ENOENT) return failed(target_, "removed");
  return {};
}

Result<std::string> PartialFile::digest() const {
  Sha256 running;
  char piece[64 * 1024];
  off_t at = 0;
  while (true) {
    const ssize_t got = pread(descriptors_->file.number(), piece, sizeof piece, at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(target_, "read");
    if (got == 0) return running.finish_hex();
    running.add(std::string_view(piece, static_cast<std::size_t>(got)));
    at += got;
  }
}

Status PartialFile::finish(const std::optional<std::string>& sha256_hex) {
  if (fsync(descriptors_->file.number()) != 0) return failed(target_, "synced");
  if (sha256_hex) {
    const std::string found = TRY(digest());
    if (found != lower(*sha256_hex)) {
      Error error = make_error("network.digest_mismatch", "what was downloaded for " + target_.text() + " has SHA-256 " + found + ", not " + *sha256_hex,
                               "Check the URL and the expected digest.");
      const Status removed = discard();
      if (removed) return error;
      return std::move(error).followed_by(removed.error());
    }
  }
  const std::string partial = target_.name() + ".partial", final_name = target_.name();
  if (renameat(descriptors_->directory.number(), partial.c_str(), descriptors_->directory.number(), final_name.c_str()) != 0) return failed(target_, "put in place");
  if (fsync(descriptors_->directory.number()) != 0) return failed(target_.parent(), "synced");
  return {};
}

}  // namespace cosigner::host
