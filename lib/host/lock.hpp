// One run at a time. The lock is a file that only root can open (0600 from its first byte: any user can lock a file that he can
// read, threats L2), below a directory that everybody may read because status.json lies there too. It ends with the process.
//
// Errors: `lock.held` (names the holder; exit 5) and those of the files port.
#pragma once

#include <memory>

#include "base/path.hpp"
#include "base/result.hpp"

namespace cosigner::host {

/// Holds the lock for as long as it lives.
class RunLockHandle {
 public:
  virtual ~RunLockHandle() = default;
};

class RunLock {
 public:
  virtual ~RunLock() = default;
  /// Never waits. Makes the file's directory (0755) where it is missing. The file stays when the lock is given back.
  virtual Result<std::unique_ptr<RunLockHandle>> acquire(const Path& file) = 0;
};

}  // namespace cosigner::host
