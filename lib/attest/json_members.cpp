#include "attest/json_members.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/encoding.hpp"

namespace cosigner::attest {
namespace {

using nlohmann::json;

bool is_plain(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

bool is_advisory_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), is_plain);
}

}  // namespace

const json* find_member(const json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

std::optional<std::uint32_t> number_member(const json& object, std::string_view name, std::uint32_t maximum) {
  const json* member = find_member(object, name);
  if (member == nullptr || !member->is_number_unsigned()) return std::nullopt;
  const auto value = member->get<std::uint64_t>();
  return value <= maximum ? std::optional(static_cast<std::uint32_t>(value)) : std::nullopt;
}

std::optional<std::string> text_member(const json& object, std::string_view name) {
  const json* member = find_member(object, name);
  return member == nullptr || !member->is_string() ? std::nullopt : std::optional(member->get<std::string>());
}

std::optional<std::string> bytes_member(const json& object, std::string_view name, std::size_t size) {
  const auto text = text_member(object, name);
  return text && text->size() == 2 * size ? from_hex(*text) : std::nullopt;
}

std::optional<Time> time_member(const json& object, std::string_view name) {
  const auto text = text_member(object, name);
  if (!text || text->size() != 20 || *text < "1950")
    return std::nullopt;  // parse_time also knows epoch seconds, which are shorter
  return parse_time(*text);
}

std::optional<std::vector<std::string>> advisories_member(const json& object, std::string_view name) {
  const json* member = find_member(object, name);
  std::vector<std::string> list;
  if (member == nullptr) return list;
  if (!member->is_array() || member->size() > 256) return std::nullopt;
  for (const json& each : *member) {
    if (!each.is_string() || !is_advisory_name(each.get_ref<const std::string&>())) return std::nullopt;
    list.push_back(each.get<std::string>());
  }
  return list;
}

}  // namespace cosigner::attest
