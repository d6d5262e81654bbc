// Finding the catalogue's quoted words in a text, e.g. a log: literal fragments, one pass, no pattern language (threats S4).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "installer/checks/texts.hpp"

namespace cosigner::checks {

inline constexpr std::size_t matched_file_limit = 128u * 1024 * 1024;
inline constexpr std::size_t matched_line_limit = 16u * 1024;  // of a longer line only the beginning is read

struct Match {
  const Trouble* trouble = nullptr;
  std::size_t line = 0;    // from 1, of the first place
  std::size_t places = 0;  // how many lines have it
  std::string excerpt;     // of the first line, around the words; not yet made safe
};

/// Every trouble whose quote stands in the text, in the order of the catalogue. `log`: only troubles that may be found in that
/// log; empty: all. A quote that is too common to mean something alone is never in the catalogue, so one line is enough.
std::vector<Match> find_troubles(std::string_view text, std::string_view log = {});

/// Whether a value has the shape of a JSON web token: "eyJ" (a brace and a quotation mark in base64url), two more parts after
/// dots, and long.
bool has_token_shape(std::string_view text);

}  // namespace cosigner::checks
