#include "base/shown_json.hpp"

#include <nlohmann/json.hpp>

namespace cosigner {

using nlohmann::json;

std::string to_shown_json_line(const json& value) { return value.dump(-1, ' ', true, json::error_handler_t::replace); }

std::string to_shown_json(const json& value) { return value.dump(2, ' ', true, json::error_handler_t::replace) + "\n"; }

}  // namespace cosigner
