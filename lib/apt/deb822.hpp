// Debian control syntax: paragraphs of "Name: value" with continuation lines (source files, Release, Packages). Pure.
// Errors: `apt.file_malformed` with the line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace cosigner::apt {

struct Paragraph {
  std::vector<std::pair<std::string, std::string>> fields;  // a value's further lines keep their line feeds, without the leading blank
  std::size_t line = 0;                                     // of its first field, from 1

  /// By name, in any case; null when absent.
  const std::string* find(std::string_view name) const;
  /// Empty when absent.
  std::string value(std::string_view name) const;
};

inline constexpr std::size_t deb822_size_limit = 16 * 1024 * 1024;

/// Lines that begin with '#' are skipped. A field twice in one paragraph is refused.
Result<std::vector<Paragraph>> parse_deb822(std::string_view text);

std::string to_deb822(const Paragraph& paragraph);

}  // namespace cosigner::apt
