// db/secrets.db of the stand-in: one JSON document behind a line that says what it is. Each change is copied to
// the backup folder, as with the original. It never holds a pairing token.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>

#include "place.hpp"

namespace lab {

// Nothing when there is none; a null document when it is unreadable.
std::optional<nlohmann::json> load_store(const Place& place);
bool save_store(const Place& place, const nlohmann::json& store);

}  // namespace lab
