// The run lock by flock(2).
#pragma once

#include <string>

#include "host/lock.hpp"
#include "host/posix/path_walker.hpp"

namespace cosigner::host {

class PosixRunLock : public RunLock {
 public:
  /// `name` is what the holder is called in the message of the one that has to wait, e.g. "cosigner setup". `walker` must outlive
  /// this.
  PosixRunLock(const PathWalker& walker, std::string name) : walker_(walker), name_(std::move(name)) {}

  Result<std::unique_ptr<RunLockHandle>> acquire(const Path& file) override;

 private:
  Status make_directory(const Path& directory);

  const PathWalker& walker_;
  std::string name_;
};

}  // namespace cosigner::host
