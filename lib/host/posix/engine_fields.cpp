#include "host/posix/engine_fields.hpp"

#include <nlohmann/json.hpp>

#include "base/json.hpp"

namespace cosigner::host {

using nlohmann::json;

Error malformed_answer(const std::string& why) {
  return make_error("engine.answer_malformed", "the container engine's answer is not what its API promises: " + why,
                    "Check that the socket is the container engine's.");
}

Result<json> parse_engine_answer(std::string_view text) {
  JsonLimits limits;
  limits.bytes = 8 * 1024 * 1024;
  auto parsed = parse_json(text, limits);
  if (!parsed) return malformed_answer(parsed.error().message);
  if (!parsed->is_object()) return malformed_answer("it is no object");
  return parsed;
}

const json& member(const json& object, const char* name) {
  static const json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(name);
  return found == object.end() ? nothing : *found;
}

std::string text_at(const json& object, const char* name) {
  const json& value = member(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

bool flag_at(const json& object, const char* name) {
  const json& value = member(object, name);
  return value.is_boolean() && value.get<bool>();
}

std::int64_t number_at(const json& object, const char* name) {
  const json& value = member(object, name);
  return value.is_number_integer() ? value.get<std::int64_t>() : 0;
}

std::uint64_t unsigned_at(const json& object, const char* name) {
  const json& value = member(object, name);
  return value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
}

std::vector<std::string> texts_at(const json& object, const char* name) {
  std::vector<std::string> texts;
  const json& list = member(object, name);
  if (list.is_string()) texts.push_back(list.get<std::string>());
  if (!list.is_array()) return texts;
  for (const json& value : list)
    if (value.is_string()) texts.push_back(value.get<std::string>());
  return texts;
}

std::map<std::string, std::string> map_at(const json& object, const char* name) {
  std::map<std::string, std::string> result;
  const json& values = member(object, name);
  if (!values.is_object()) return result;
  for (const auto& [key, value] : values.items())
    if (value.is_string()) result[key] = value.get<std::string>();
  return result;
}

std::map<std::string, std::string> variables_of(const std::vector<std::string>& lines) {
  std::map<std::string, std::string> variables;
  for (const std::string& line : lines) {
    const std::size_t equals = line.find('=');
    variables[line.substr(0, equals)] = equals == std::string::npos ? "" : line.substr(equals + 1);
  }
  return variables;
}

}  // namespace cosigner::host
