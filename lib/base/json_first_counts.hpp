// JSON as rapidjson's FindMember reads it: of a key that an object has twice the first counts. Only for files of which another program makes
// that; ours have no such keys.
#pragma once

#include "base/json.hpp"

namespace cosigner {

/// As parse_json, without `json.duplicate_key`.
Result<nlohmann::json> parse_json_first_counts(std::string_view text, const JsonLimits& limits);

}  // namespace cosigner
