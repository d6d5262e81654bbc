// The frames of a container's output: the same text however they are cut, never more than came in, and one head in memory.
#include "host/posix/frame_stream.hpp"
#include <algorithm>

#include "fuzz/harness/rules.hpp"
#include "fuzz/harness/target.hpp"

using namespace cosigner;
using namespace cosigner::fuzz;

namespace {

struct End {
  std::string failure;  // code and message; empty: good
  std::string text;
};

/// Feeds the input in pieces of at most `size` bytes.
End read_in_pieces(std::string_view input, std::size_t size) {
  End end;
  host::FrameStream stream([&](const Untrusted& piece) -> Status {
    require(!piece.raw().empty() && piece.raw().size() <= size, "a piece is none of those that came in");
    end.text += piece.raw();
    return {};
  });
  const std::size_t all = input.size();
  Status status;
  while (!input.empty() && status) {
    status = stream.feed(input.substr(0, size));
    input.remove_prefix(std::min(size, input.size()));
  }
  require(end.text.size() <= all, "more text than came in");
  if (status) return end;
  require_plain(status.error());
  end.failure = status.error().code + ": " + status.error().message;
  return end;
}

}  // namespace

FUZZ_TARGET(frame_stream) {
  const std::size_t size = 1 + take_choice(input, 97);
  const End whole = read_in_pieces(input, std::max<std::size_t>(input.size(), 1));
  const End cut = read_in_pieces(input, size);
  require(whole.failure == cut.failure && whole.text == cut.text, "the pieces decide what is read: " + whole.failure + " / " + cut.failure);
}
