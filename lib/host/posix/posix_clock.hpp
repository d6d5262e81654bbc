// The machine's clocks.
#pragma once

#include "base/cancel.hpp"
#include "host/clock.hpp"

namespace cosigner::host {

class PosixClock : public Clock {
 public:
  /// `cancel` may be null; it must outlive this.
  explicit PosixClock(const CancelToken* cancel) : cancel_(cancel) {}

  Time now() const override;
  std::chrono::milliseconds monotonic() const override;  // CLOCK_BOOTTIME: goes on while the machine sleeps
  std::string boot_id() const override;                  // empty where /proc does not say it
  ClockSync sync() const override;
  Status sleep(std::chrono::milliseconds duration) override;

 private:
  const CancelToken* cancel_;
};

}  // namespace cosigner::host
