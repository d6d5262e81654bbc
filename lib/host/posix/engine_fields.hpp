// Reading fields of the Engine's answers: absent, null and wrong kinds all read as empty, so that no answer can throw.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace cosigner::host {

/// `engine.answer_malformed`
Error malformed_answer(const std::string& why);
/// A JSON object within limits, or `engine.answer_malformed`.
Result<nlohmann::json> parse_engine_answer(std::string_view text);

const nlohmann::json& member(const nlohmann::json& object, const char* name);
std::string text_at(const nlohmann::json& object, const char* name);
bool flag_at(const nlohmann::json& object, const char* name);
std::int64_t number_at(const nlohmann::json& object, const char* name);
std::uint64_t unsigned_at(const nlohmann::json& object, const char* name);  // negative reads as 0
std::vector<std::string> texts_at(const nlohmann::json& object, const char* name);
std::map<std::string, std::string> map_at(const nlohmann::json& object, const char* name);
/// "NAME=value" lines as a map.
std::map<std::string, std::string> variables_of(const std::vector<std::string>& lines);

}  // namespace cosigner::host
