#include "host/posix/partial_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/crypto.hpp"
#include "base/text.hpp"

namespace cosigner::host {
namespace {

Error failed(const Path& path, const std::string& what) {
  const int reason = errno;
  if (reason == ENOSPC || reason == EDQUOT) return make_error("host.disk_full", "no space is left for " + path.text(), "Free disk space.");
  if (reason == ELOOP) return make_error("host.path_unsafe", path.text() + " is or lies behind a symbolic link", "Remove the link.");
  return make_error("host.io_failed", path.text() + " cannot be " + what + ": " + std::strerror(reason), "Check the disk and the path.");
}

Error unsafe(const Path& path, const std::string& why) {
  return make_error("host.path_unsafe", path.text() + " " + why, "Remove it and run the command again.");
}

bool is_ours(const struct stat& seen) { return seen.st_uid == geteuid() || seen.st_uid == 0; }

Result<int> open_parent(const Path& parent) {
  const int directory = ::open(parent.text().c_str(), O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0) return failed(parent, "opened");
  struct stat seen{};
  const bool good = fstat(directory, &seen) == 0 && is_ours(seen) && (seen.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  if (good) return directory;
  close(directory);
  return unsafe(parent, "may be written by others");
}

}  // namespace

struct PartialFile::Descriptors {
  int directory = -1;
  int file = -1;
  ~Descriptors() {
    if (file >= 0) close(file);
    if (directory >= 0) close(directory);
  }
};

PartialFile::PartialFile(std::unique_ptr<Descriptors> descriptors, const Path& target, std::uint64_t size)
    : descriptors_(std::move(descriptors)), target_(target), size_(size) {}
PartialFile::PartialFile(PartialFile&&) noexcept = default;
PartialFile::~PartialFile() = default;

Result<PartialFile> PartialFile::open(const Path& target, bool resume) {
  auto descriptors = std::make_unique<Descriptors>();
  descriptors->directory = TRY(open_parent(target.parent()));
  const Path path = target.text() + ".partial";
  descriptors->file = openat(descriptors->directory, path.name().c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
  if (descriptors->file < 0) return failed(path, "opened");
  struct stat seen{};
  if (fstat(descriptors->file, &seen) != 0) return failed(path, "examined");
  if (!S_ISREG(seen.st_mode) || seen.st_nlink != 1 || seen.st_uid != geteuid()) return unsafe(path, "is not a file of this program");
  if (fchmod(descriptors->file, 0600) != 0) return failed(path, "given its mode");
  PartialFile file(std::move(descriptors), target, static_cast<std::uint64_t>(seen.st_size));
  if (!resume) TRY(file.truncate());
  return file;
}

Status PartialFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(descriptors_->file, bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed(target_, "written");
    size_ += static_cast<std::uint64_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status PartialFile::truncate() {
  if (ftruncate(descriptors_->file, 0) != 0) return failed(target_, "emptied");
  size_ = 0;
  return {};
}

Status PartialFile::discard() {
  const std::string name = target_.name() + ".partial";
  if (unlinkat(descriptors_->directory, name.c_str(), 0) != 0 && errno != ENOENT) return failed(target_, "removed");
  return {};
}

Result<std::string> PartialFile::digest() const {
  Sha256 running;
  char piece[64 * 1024];
  off_t at = 0;
  while (true) {
    const ssize_t got = pread(descriptors_->file, piece, sizeof piece, at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(target_, "read");
    if (got == 0) return running.finish_hex();
    running.add(std::string_view(piece, static_cast<std::size_t>(got)));
    at += got;
  }
}

Status PartialFile::finish(const std::optional<std::string>& sha256_hex) {
  if (fsync(descriptors_->file) != 0) return failed(target_, "synced");
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
  if (renameat(descriptors_->directory, partial.c_str(), descriptors_->directory, final_name.c_str()) != 0) return failed(target_, "put in place");
  if (fsync(descriptors_->directory) != 0) return failed(target_.parent(), "synced");
  return {};
}

}  // namespace cosigner::host
