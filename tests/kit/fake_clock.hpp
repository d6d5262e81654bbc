// A clock that goes on only when somebody sleeps. Sleeping is no writing call: there is nothing to repeat after a crash.
#pragma once

#include "kit/call_log.hpp"
#include "kit/model.hpp"

namespace cosigner::kit {

class FakeClock : public host::Clock {
 public:
  FakeClock(MachineModel& model, CallLog&) : model_(model) {}

  Time now() const override { return model_.now; }
  std::chrono::milliseconds monotonic() const override { return model_.monotonic; }
  std::string boot_id() const override { return model_.boot_id; }
  host::ClockSync sync() const override { return model_.clock_sync; }

  Status sleep(std::chrono::milliseconds duration) override {
    const auto before = std::chrono::floor<std::chrono::seconds>(model_.monotonic);
    model_.monotonic += duration;
    model_.now += std::chrono::floor<std::chrono::seconds>(model_.monotonic) - before;
    return {};
  }

 private:
  MachineModel& model_;
};

}  // namespace cosigner::kit
