// Who holds the locks of apt and dpkg. Asked with F_GETLK, which names the holder and takes nothing.
//
// apt's own waiting (DPkg::Lock::Timeout) knows only dpkg's front-end lock and never says whom it waits for.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/cancel.hpp"
#include "base/result.hpp"
#include "base/untrusted.hpp"
#include "host/posix/path_walker.hpp"
#include "host/types.hpp"

namespace cosigner::host {

struct LockHolder {
  int pid = 0;
  Untrusted name;  // what the process calls itself
};

/// Nothing when no lock is held.
Result<std::optional<LockHolder>> find_package_lock_holder(const PathWalker& walker);

/// Waits until the locks are free, and says every second whom for. Fails with `packages.lock_held` after `limit`, or
/// `run.cancelled`.
Status wait_for_package_lock(const PathWalker& walker, std::chrono::seconds limit, const ProgressSink& progress,
                             const CancelToken* cancel);

}  // namespace cosigner::host
