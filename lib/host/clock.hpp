// Time. Waiting is on the writing half, so that a probe cannot wait.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"

namespace cosigner::host {

/// What the kernel says about synchronisation (adjtimex with modes 0).
struct ClockSync {
  bool synchronised = false;
  std::chrono::microseconds max_error{0};
};

class ClockView {
 public:
  virtual ~ClockView() = default;
  virtual Time now() const = 0;
  /// For durations: never goes back.
  virtual std::chrono::milliseconds monotonic() const = 0;
  virtual std::string boot_id() const = 0;
  virtual ClockSync sync() const = 0;
};

class Clock : public virtual ClockView {
 public:
  /// Fails with `run.cancelled` when a cancellation is requested meanwhile.
  virtual Status sleep(std::chrono::milliseconds duration) = 0;
};

}  // namespace cosigner::host
