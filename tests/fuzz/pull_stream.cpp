// The engine's progress stream (threats R4): the same however it is cut, counts that never go back, and an end that an error line
// decides.
#include "host/posix/pull_stream.hpp"
#include <algorithm>

#include "fuzz/harness/rules.hpp"
#include "fuzz/harness/target.hpp"

using namespace cosigner;
using namespace cosigner::fuzz;

namespace {

struct End {
  std::string failure;  // code and message; empty: good
  host::Progress progress;
  std::string digest;
  std::vector<std::string> loaded;
};

void require_forward(const host::Progress& before, const host::Progress& now) {
  require(!now.total || now.done <= *now.total, "more is done than there is");
  if (before.what == now.what) require(now.done >= before.done, "progress goes back");
}

/// Feeds the input in pieces of at most `size` bytes.
End read_in_pieces(std::string_view input, std::size_t size) {
  host::PullStream stream("engine.pull_failed", "the pull of the image");
  End end;
  end.progress = stream.progress();
  Status status;
  while (!input.empty() && status) {
    status = stream.feed(input.substr(0, size));
    input.remove_prefix(std::min(size, input.size()));
    const host::Progress now = stream.progress();
    require_forward(end.progress, now);
    end.progress = now;
  }
  if (status) status = stream.finish();
  end.progress = stream.progress();
  end.digest = stream.digest();
  end.loaded = stream.loaded();
  if (status) return end;
  require_plain(status.error());
  end.failure = status.error().code + ": " + status.error().message;
  return end;
}

}  // namespace

FUZZ_TARGET(pull_stream) {
  const std::size_t size = 1 + take_choice(input, 97);
  const End whole = read_in_pieces(input, std::max<std::size_t>(input.size(), 1));
  const End cut = read_in_pieces(input, size);
  require(whole.failure == cut.failure, "the pieces decide how it ends: " + whole.failure + " / " + cut.failure);
  if (!whole.failure.empty()) return;
  require(whole.digest == cut.digest && whole.loaded == cut.loaded && whole.progress.done == cut.progress.done,
          "the pieces decide what is read");
}
