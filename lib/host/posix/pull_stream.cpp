#include "host/posix/pull_stream.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "host/posix/engine_errors.hpp"
#include "host/posix/engine_json.hpp"

namespace cosigner::host {
namespace {

constexpr std::size_t longest_line = 64 * 1024;
constexpr std::uint64_t most_lines = 2'000'000;
constexpr std::size_t most_layers = 512;

std::uint64_t saturating_add(std::uint64_t left, std::uint64_t right) {
  return left > UINT64_MAX - right ? UINT64_MAX : left + right;
}

Error malformed(const std::string& why) {
  return make_error("engine.answer_malformed", "the engine's progress stream is not readable: " + why, "Check that the socket is the container engine's.");
}

std::optional<std::string> after(std::string_view text, std::string_view prefix) {
  if (text.rfind(prefix, 0) != 0) return std::nullopt;
  return std::string(trimmed(text.substr(prefix.size())));
}

}  // namespace

Status PullStream::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    if (rest_.size() + piece.size() > longest_line) return malformed("a line is too long");
    rest_ += piece;
    if (end == std::string_view::npos) return {};
    bytes.remove_prefix(end + 1);
    const std::string line = std::move(rest_);
    rest_.clear();
    TRY(take_line(line));
  }
  return {};
}

Status PullStream::finish() {
  if (!trimmed(rest_).empty()) {
    const std::string line = std::move(rest_);
    rest_.clear();
    TRY(take_line(line));
  }
  if (failed_) return *failed_;
  return {};
}

Status PullStream::take_line(std::string_view line) {
  if (trimmed(line).empty()) return {};
  if (++lines_ > most_lines) return malformed("it does not end");
  const auto message = parse_stream_message(trimmed(line));
  if (!message) return malformed(message.error().message);
  if (!message->error.empty() && !failed_) failed_ = describe_engine_failure(200, message->error, otherwise_, doing_);
  if (const auto digest = after(message->status, "Digest: ")) digest_ = *digest;
  for (const char* prefix : {"Loaded image: ", "Loaded image ID: "})
    if (const auto name = after(message->stream, prefix); name && loaded_.size() < most_layers) loaded_.push_back(*name);
  if (message->id.empty()) return {};
  if (layers_.count(message->id) == 0 && layers_.size() >= most_layers) return malformed("it names too many layers");
  take_status(message->status, message->id, message->current, message->total);
  return {};
}

void PullStream::take_status(const std::string& status, const std::string& id, std::uint64_t current, std::uint64_t total) {
  static const char* const layer_states[] = {"Pulling fs layer", "Waiting", "Downloading", "Verifying Checksum", "Download complete",
                                             "Extracting", "Pull complete", "Already exists", "Loading layer"};
  const auto known = std::find(std::begin(layer_states), std::end(layer_states), status);
  if (known == std::end(layer_states)) return;  // "Pulling from …", "Retrying in 5 seconds"
  Layer& layer = layers_[id];
  layer.total = std::max(layer.total, total);  // a count that went back would be a lie about what is here
  const std::uint64_t reached = layer.total > 0 ? std::min(current, layer.total) : current;
  if (status == "Downloading") layer.downloaded = std::max(layer.downloaded, reached);
  if (status == "Extracting" || status == "Loading layer") layer.unpacked = std::max(layer.unpacked, reached);
  if (known - std::begin(layer_states) >= 4) layer.here = true;  // from "Download complete" on
  if (layer.here) layer.downloaded = std::max(layer.downloaded, layer.total);
  if (status == "Pull complete") layer.unpacked = std::max(layer.unpacked, layer.total);
}

Progress PullStream::progress() const {
  std::uint64_t downloaded = 0, unpacked = 0, total = 0;
  bool all_here = !layers_.empty(), all_told = !layers_.empty();
  for (const auto& [id, layer] : layers_) {
    downloaded = saturating_add(downloaded, layer.downloaded);
    unpacked = saturating_add(unpacked, layer.unpacked);
    total = saturating_add(total, layer.total);
    all_here = all_here && layer.here;
    all_told = all_told && (layer.here || layer.total > 0);
  }
  Progress progress{all_here ? "unpacking the image" : "downloading the image", all_here ? unpacked : downloaded, {}, {}};
  if (all_told && total > 0) progress.total = std::max(total, progress.done);
  return progress;
}

}  // namespace cosigner::host
