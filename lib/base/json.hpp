// The only place where JSON text becomes a value.
//
// Guarded: size before parsing, nesting depth, duplicate keys, NUL and byte order marks. The offending text is never part of
// an error, because it may be a secret: line, column and rule are.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace cosigner {

struct JsonLimits {
  std::size_t bytes = 1024 * 1024;
  std::size_t depth = 32;
  bool comments = false;  // `//` to the end of the line (answers files)
};

/// Fails with `json.too_large`, `json.too_deep`, `json.duplicate_key`, `json.not_plain_text` or `json.malformed`.
Result<nlohmann::json> parse_json(std::string_view text, const JsonLimits& limits = {});

/// The line (from 1) on which the member named by `pointer` ("/pairing/token") begins; 0 when it is not there.
/// Only for texts that parse_json accepted.
std::size_t line_of_member(std::string_view text, std::string_view pointer);

/// One line, members ordered by name, bytes that are not UTF-8 replaced: what hashes and journals are made of.
std::string to_json_line(const nlohmann::json& value);

}  // namespace cosigner
