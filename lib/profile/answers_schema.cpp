#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "profile/answers_json.hpp"
#include "profile/answers_keys.hpp"

namespace cosigner::profile {
namespace {

using nlohmann::json;

json text_list_of(std::string_view words) {
  json list = json::array();
  for (const auto word : split(words, ' ')) list.push_back(std::string(word));
  return list;
}

json reference_schema(const std::vector<std::string>& kinds) {
  json options = json::array();
  for (const auto& kind : kinds) {
    options.push_back({{"type", "object"}, {"properties", {{kind, {{"type", "string"}}}}}, {"required", {kind}}, {"additionalProperties", false}});
  }
  return options;
}

json type_schema(const AnswerKey& key) {
  switch (key.type) {
    case KeyType::flag: return {{"type", {"boolean", "null"}}};
    case KeyType::whole: return {{"type", {"integer", "null"}}, {"minimum", 0}, {"maximum", 86400}};
    case KeyType::text: return {{"type", {"string", "null"}}};
    case KeyType::texts: return {{"type", {"array", "null"}}, {"items", {{"type", "string"}}}};
    case KeyType::users: return {{"type", {"array", "null"}}, {"items", {{"type", "object"}}}};
    case KeyType::choice: {
      json words = text_list_of(key.words);
      words.push_back(nullptr);
      return {{"enum", words}};
    }
    case KeyType::secret:
    case KeyType::file_text: break;
  }
  const bool is_token = key.name == "pairing.token";
  std::vector<std::string> kinds = {"file"};
  if (key.type == KeyType::secret) kinds.emplace_back("credential");
  if (key.type == KeyType::secret && !is_token) kinds.emplace_back("env");
  json options = reference_schema(kinds);
  options.push_back({{"type", "null"}});
  if (!is_token) options.push_back({{"type", "string"}});
  return {{"anyOf", options}};
}

json key_schema(const AnswerKey& key) {
  json schema = type_schema(key);
  schema["description"] = key.about;
  if (!key.form.empty()) schema["$comment"] = key.form;
  if (!key.later.empty()) schema["description"] = std::string(key.about) + " (not supported yet, only: " + std::string(key.later) + ")";
  return schema;
}

json object_schema() { return {{"type", {"object", "null"}}, {"properties", json::object()}, {"additionalProperties", false}}; }

}  // namespace

std::string answers_schema() {
  json schema = object_schema();
  schema["type"] = "object";
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  schema["title"] = "Answers of cosigner setup, version 1";
  schema["required"] = {"version"};
  schema["properties"]["version"] = {{"const", 1}, {"description", "version of this schema"}};
  schema["properties"]["generated"] = {{"description", "written by the program into its own configuration file; ignored here"}};
  for (const auto& key : answer_keys()) {
    json* object = &schema;
    const auto parts = split(key.name, '.');
    for (std::size_t at = 0; at + 1 < parts.size(); ++at) {
      json& next = (*object)["properties"][std::string(parts[at])];
      if (next.is_null()) next = object_schema();
      object = &next;
    }
    (*object)["properties"][std::string(parts.back())] = key_schema(key);
  }
  return schema.dump(2) + "\n";
}

}  // namespace cosigner::profile
