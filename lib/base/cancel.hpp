// A request to end, set by a signal handler and read by whatever waits. One per process.
#pragma once

#include <atomic>

namespace cosigner {

class CancelToken {
 public:
  /// Safe in a signal handler. `signal` is remembered for the exit code (130 or 143).
  void request(int signal) noexcept { signal_.store(signal, std::memory_order_relaxed); }
  bool requested() const noexcept { return signal_.load(std::memory_order_relaxed) != 0; }
  int signal() const noexcept { return signal_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int> signal_{0};
  static_assert(std::atomic<int>::is_always_lock_free);
};

}  // namespace cosigner
