#include "host/posix/frame_stream.hpp"

#include <algorithm>

#include "host/posix/engine_fields.hpp"

namespace cosigner::host {
namespace {

constexpr std::size_t head_size = 8;

}  // namespace

Status FrameStream::read_head() {
  const auto kind = static_cast<unsigned char>(head_[0]);
  if (kind > 2 || head_[1] != 0 || head_[2] != 0 || head_[3] != 0) return malformed_answer("an output frame has no header");
  for (std::size_t at = 4; at < head_size; ++at) rest_ = rest_ << 8 | static_cast<unsigned char>(head_[at]);
  head_.clear();
  return {};
}

Status FrameStream::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (rest_ == 0) {
      const std::size_t missing = std::min(head_size - head_.size(), bytes.size());
      head_ += bytes.substr(0, missing);
      bytes.remove_prefix(missing);
      if (head_.size() < head_size) return {};
      TRY(read_head());
      continue;
    }
    const std::size_t length = static_cast<std::size_t>(std::min<std::uint64_t>(rest_, bytes.size()));
    TRY(take_(Untrusted(std::string(bytes.substr(0, length)))));
    rest_ -= length;
    bytes.remove_prefix(length);
  }
  return {};
}

}  // namespace cosigner::host
