// The Engine's output frames (8 bytes of head, then text of standard output or error) taken apart while they arrive: for a log that is
// larger than memory or has no end. Pure; holds one head at most.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "host/containers.hpp"

namespace cosigner::host {

class FrameStream {
 public:
  explicit FrameStream(LogSink take) : take_(std::move(take)) {}

  /// Fails with `engine.answer_malformed` when a frame has no head, and with what the sink says.
  Status feed(std::string_view bytes);

 private:
  Status read_head();

  LogSink take_;
  std::string head_;
  std::uint64_t rest_ = 0;  // of the frame that is being read
};

}  // namespace cosigner::host
