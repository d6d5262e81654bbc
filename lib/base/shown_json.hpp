// JSON for a reader's terminal: only ASCII comes out, so that no control, bidirectional or zero-width character of a foreign text
// can act there (threats N6). Bytes that are not UTF-8 are replaced; nothing fails.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace cosigner {

/// One line, without its end.
std::string to_shown_json_line(const nlohmann::json& value);
/// Indented, with a line end.
std::string to_shown_json(const nlohmann::json& value);

}  // namespace cosigner
