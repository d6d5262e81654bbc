#include "host/posix/posix_clock.hpp"

#include <sys/timex.h>
#include <time.h>

#include <algorithm>

#include "base/text.hpp"
#include "host/posix/child.hpp"
#include "host/posix/posix_files.hpp"

namespace cosigner::host {
namespace {

constexpr std::chrono::milliseconds slice{100};  // how late a cancellation is seen at most

std::chrono::nanoseconds reading_of(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

Time PosixClock::now() const { return Time(std::chrono::floor<std::chrono::seconds>(reading_of(CLOCK_REALTIME))); }

std::chrono::milliseconds PosixClock::monotonic() const {
  return std::chrono::floor<std::chrono::milliseconds>(reading_of(CLOCK_BOOTTIME));
}

std::string PosixClock::boot_id() const {
  const PathWalker machine("/");
  const std::optional<std::string> text =
      PosixFiles(machine).read(Path("/proc/sys/kernel/random/boot_id"), 128).value_or(std::nullopt);
  return std::string(trimmed(text.value_or("")));
}

ClockSync PosixClock::sync() const {
  timex answer{};
  const int state = ::adjtimex(&answer);
  const bool synchronised = state >= 0 && state != TIME_ERROR && (answer.status & STA_UNSYNC) == 0;
  return ClockSync{synchronised, std::chrono::microseconds(answer.maxerror)};
}

Status PosixClock::sleep(std::chrono::milliseconds duration) {
  const std::chrono::milliseconds end = monotonic() + duration;
  for (;;) {
    if (cancel_ != nullptr && cancel_->requested()) return cancelled_error();
    const std::chrono::milliseconds rest = end - monotonic();
    if (rest.count() <= 0) return {};
    const std::chrono::milliseconds part = std::min(rest, slice);
    const timespec wait{part.count() / 1000, (part.count() % 1000) * 1'000'000};
    ::nanosleep(&wait, nullptr);  // a signal ends it early, and the loop looks at the token
  }
}

}  // namespace cosigner::host
