// The Engine's stream of JSON lines while it pulls or loads an image, read line by line with limits; a hostile stream cannot make
// numbers overflow or memory grow (threats R4). Pure.
//
// An error arrives inside a stream with status 200, so a stream is good only when no line was an error.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "host/types.hpp"

namespace cosigner::host {

class PullStream {
 public:
  /// `otherwise` is the code of an error that nothing else explains; `doing` is for its message.
  PullStream(std::string otherwise, std::string doing) : otherwise_(std::move(otherwise)), doing_(std::move(doing)) {}

  /// Takes the next bytes. Fails with `engine.answer_malformed` when the stream is not what an engine sends.
  Status feed(std::string_view bytes);
  /// The end of the stream: fails with what an error line said.
  Status finish();

  /// Over all layers: bytes downloaded until every layer is here, then bytes unpacked. A total is given once every layer told
  /// its size; counts never go back while `what` stays the same.
  Progress progress() const;

  /// The digest that the engine told, empty when none.
  const std::string& digest() const { return digest_; }
  /// What a load brought: "name:tag" or "sha256:…".
  const std::vector<std::string>& loaded() const { return loaded_; }

 private:
  struct Layer {
    std::uint64_t total = 0;
    std::uint64_t downloaded = 0;
    std::uint64_t unpacked = 0;
    bool here = false;  // downloaded, or not needed
  };
  Status take_line(std::string_view line);
  void take_status(const std::string& status, const std::string& id, std::uint64_t current, std::uint64_t total);

  std::string otherwise_;
  std::string doing_;
  std::string rest_;
  std::uint64_t lines_ = 0;
  std::map<std::string, Layer> layers_;
  std::string digest_;
  std::vector<std::string> loaded_;
  std::optional<Error> failed_;
};

}  // namespace cosigner::host
