// One journal line: {"v":1,"seq":7,"prev":"…",…,"hash":"…"}, where hash = SHA-256 of the line without its hash member.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "state/journal.hpp"

namespace cosigner::state {

struct Line {
  Record record;
  std::string machine;  // of `opened`
  std::uint64_t sequence = 0;
  std::string previous;
  std::string hash;
};

/// The text without line feed; fills in `hash`.
std::string print_line(Line& line);

/// Fails with `state.damaged` (not JSON, hash does not fit) or `state.newer_schema`.
Result<Line> parse_line(std::string_view text);

std::string name_of(Record::Kind kind);

}  // namespace cosigner::state
