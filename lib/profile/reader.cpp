#include "profile/reader.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/text.hpp"

namespace cosigner::profile {
namespace {

using nlohmann::json;

/// A line for what line_of_member cannot reach (members of lists): that of the nearest ancestor which it can.
std::size_t nearest_line(std::string_view text, std::string_view pointer) {
  while (!text.empty() && !pointer.empty()) {
    if (const auto line = line_of_member(text, pointer); line != 0) return line;
    pointer = pointer.substr(0, pointer.rfind('/'));
  }
  return 0;
}

}  // namespace

void ReadContext::add(std::string_view pointer, std::string rule) const {
  problems.push_back({origin, nearest_line(text, pointer), dotted(pointer), std::move(rule)});
}

std::string unknown_key_rule(std::string_view key, const std::vector<std::string>& known) {
  const auto nearest = nearest_name(key, known);
  return nearest ? "unknown key; did you mean \"" + *nearest + "\"?" : "unknown key; \"cosigner answers schema\" lists all of them";
}

ObjectReader::ObjectReader(const json& value, std::string pointer, const ReadContext& context)
    : value_(value), pointer_(std::move(pointer)), context_(context) {
  if (!value_.is_object()) context_.add(pointer_, "must be an object");
}

ObjectReader::~ObjectReader() {  // NOLINT(bugprone-exception-escape): only memory can run out, and that ends the program anyway
  if (!value_.is_object()) return;
  for (const auto& [name, member] : value_.items()) {
    if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
      context_.add(pointer_ + "/" + name, unknown_key_rule(name, known_));
    }
  }
}

const json* ObjectReader::take(std::string_view name) {
  known_.emplace_back(name);
  if (!value_.is_object()) return nullptr;
  const auto found = value_.find(std::string(name));
  return found == value_.end() || found->is_null() ? nullptr : &*found;
}

void ObjectReader::problem(std::string_view name, std::string rule) const { context_.add(pointer_ + "/" + std::string(name), std::move(rule)); }

void ObjectReader::text(std::string_view name, std::string& out) {
  const json* member = take(name);
  if (member == nullptr) return;
  if (!member->is_string()) return problem(name, "must be a text");
  out = member->get<std::string>();
}

void ObjectReader::flag(std::string_view name, bool& out) {
  const json* member = take(name);
  if (member == nullptr) return;
  if (!member->is_boolean()) return problem(name, "must be true or false");
  out = member->get<bool>();
}

void ObjectReader::number(std::string_view name, std::uint64_t& out) {
  const json* member = take(name);
  if (member == nullptr) return;
  if (!member->is_number_unsigned()) return problem(name, "must be a whole number, not negative");
  out = member->get<std::uint64_t>();
}

void ObjectReader::number(std::string_view name, int& out) {
  std::uint64_t wide = static_cast<std::uint64_t>(out);
  number(name, wide);
  if (wide > static_cast<std::uint64_t>(std::numeric_limits<int>::max())) return problem(name, "is too large");
  out = static_cast<int>(wide);
}

void ObjectReader::number(std::string_view name, std::uint32_t& out) {
  std::uint64_t wide = out;
  number(name, wide);
  if (wide > std::numeric_limits<std::uint32_t>::max()) return problem(name, "is too large");
  out = static_cast<std::uint32_t>(wide);
}

void ObjectReader::number(std::string_view name, std::optional<std::uint32_t>& out) {
  if (!value_.is_object() || !value_.contains(std::string(name)) || value_[std::string(name)].is_null()) {
    (void)take(name);
    return;
  }
  std::uint32_t value = 0;
  number(name, value);
  out = value;
}

void ObjectReader::texts(std::string_view name, std::vector<std::string>& out) {
  const json* member = take(name);
  if (member == nullptr) return;
  const bool good = member->is_array() && std::all_of(member->begin(), member->end(), [](const json& each) { return each.is_string(); });
  if (!good) return problem(name, "must be a list of texts");
  out = member->get<std::vector<std::string>>();
}

void ObjectReader::text_map(std::string_view name, std::map<std::string, std::string>& out) {
  const json* member = take(name);
  if (member == nullptr) return;
  if (!member->is_object()) return problem(name, "must be an object of texts");
  out.clear();
  for (const auto& [key, value] : member->items()) {
    if (value.is_string()) out[key] = value.get<std::string>();
    else if (!value.is_null()) context_.add(pointer_ + "/" + std::string(name) + "/" + key, "must be a text");
  }
}

void ObjectReader::choice(std::string_view name, const std::vector<std::string>& words, std::string& out) {
  std::string value = out;
  text(name, value);
  if (std::find(words.begin(), words.end(), value) == words.end()) return problem(name, "must be one of: " + joined(words, ", "));
  out = value;
}

void ObjectReader::object(std::string_view name, const std::function<void(ObjectReader&)>& read) {
  static const json empty = json::object();
  const json* member = take(name);
  ObjectReader inner(member == nullptr ? empty : *member, pointer_ + "/" + std::string(name), context_);
  read(inner);
}

void ObjectReader::list(std::string_view name, const std::function<void(ObjectReader&)>& read_each) {
  const json* member = take(name);
  if (member == nullptr) return;
  if (!member->is_array()) return problem(name, "must be a list");
  for (std::size_t at = 0; at < member->size(); ++at) {
    ObjectReader inner((*member)[at], pointer_ + "/" + std::string(name) + "/" + std::to_string(at), context_);
    read_each(inner);
  }
}

void ObjectReader::objects(std::string_view name, const std::function<void(const std::string&, ObjectReader&)>& read_each) {
  const json* member = take(name);
  if (member == nullptr) return;
  if (!member->is_object()) return problem(name, "must be an object");
  for (const auto& [key, value] : member->items()) {
    ObjectReader inner(value, pointer_ + "/" + std::string(name) + "/" + key, context_);
    read_each(key, inner);
  }
}

void ObjectReader::lists(std::string_view name, const std::function<void(const std::string&, ObjectReader&)>& read_each) {
  const json* member = take(name);
  if (member == nullptr) return;
  if (!member->is_object()) return problem(name, "must be an object of lists");
  for (const auto& [key, value] : member->items()) {
    const std::string below = pointer_ + "/" + std::string(name) + "/" + key;
    if (!value.is_array()) {
      context_.add(below, "must be a list");
      continue;
    }
    for (std::size_t at = 0; at < value.size(); ++at) {
      ObjectReader inner(value[at], below + "/" + std::to_string(at), context_);
      read_each(key, inner);
    }
  }
}

}  // namespace cosigner::profile
