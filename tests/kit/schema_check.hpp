// As much of JSON Schema as the shipped schemas use: type, const, enum, required, properties, additionalProperties, items.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "base/json.hpp"
#include "base/shipped.hpp"

namespace cosigner::kit {

inline bool has_type(const nlohmann::json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  return type == "null" && value.is_null();
}

/// The place of the first rule that is broken; empty when the value is valid.
inline std::string broken_rule(const nlohmann::json& schema, const nlohmann::json& value, const std::string& at = "") {
  if (schema.contains("const") && schema["const"] != value) return at + ": const";
  if (schema.contains("enum") && std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end()) return at + ": enum";
  if (schema.contains("type")) {
    const auto& type = schema["type"];
    bool fits = type.is_string() && has_type(value, type.get<std::string>());
    if (type.is_array()) fits = std::any_of(type.begin(), type.end(), [&](const nlohmann::json& each) { return has_type(value, each.get<std::string>()); });
    if (!fits) return at + ": type";
  }
  if (value.is_array() && schema.contains("items")) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (const auto inner = broken_rule(schema["items"], value[i], at + "/" + std::to_string(i)); !inner.empty()) return inner;
    }
  }
  if (!value.is_object()) return {};
  for (const auto& name : schema.value("required", nlohmann::json::array())) {
    if (!value.contains(name.get<std::string>())) return at + "/" + name.get<std::string>() + ": required";
  }
  const auto properties = schema.value("properties", nlohmann::json::object());
  const auto others = schema.value("additionalProperties", nlohmann::json(true));
  for (const auto& [name, member] : value.items()) {
    const auto& rule = properties.contains(name) ? properties[name] : others;
    if (rule.is_boolean()) {
      if (!rule.get<bool>()) return at + "/" + name + ": unknown";
    } else if (const auto inner = broken_rule(rule, member, at + "/" + name); !inner.empty()) {
      return inner;
    }
  }
  return {};
}

/// Against the shipped schema that the document names in its member `schema`.
inline std::string broken_rule_of_document(const std::string& text) {
  const auto document = parse_json(text);
  if (!document.ok() || !document->is_object() || !document->contains("schema")) return "not a document";
  std::string name = (*document)["schema"].get<std::string>();
  name = name.substr(9, name.find('/') - 9);  // "cosigner.NAME/1"
  for (const auto& file : shipped_files()) {
    if (file.name == "schema/" + name + ".json") return broken_rule(*parse_json(file.bytes), *document);
  }
  return "no schema " + name;
}

}  // namespace cosigner::kit
