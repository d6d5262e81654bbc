#include "base/json.hpp"

#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/json_first_counts.hpp"

namespace cosigner {
namespace {

using nlohmann::json;

std::string at_line(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t start = before.rfind('\n');
  const std::size_t column = before.size() - (start == std::string_view::npos ? 0 : start + 1) + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

/// Builds the value while it walks the text, and stops at the first broken rule: what broke one is never looked at.
class Builder : public nlohmann::json_sax<json> {
 public:
  Builder(std::string_view text, const JsonLimits& limits, bool first_counts) : text_(text), limits_(limits), first_counts_(first_counts) {}

  bool null() override { return place(nullptr); }
  bool boolean(bool value) override { return place(value); }
  bool number_integer(std::int64_t value) override { return place(value); }
  bool number_unsigned(std::uint64_t value) override { return place(value); }
  bool number_float(double value, const std::string&) override { return place(value); }
  bool string(std::string& value) override { return place(std::move(value)); }
  bool binary(json::binary_t&) override { return false; }  // no JSON text has one
  bool start_object(std::size_t) override { return enter(json::object()); }
  bool start_array(std::size_t) override { return enter(json::array()); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }

  bool key(std::string& name) override {
    auto& members = open_.back()->get_ref<json::object_t&>();
    const auto [member, is_new] = members.emplace(std::move(name), nullptr);
    member_ = &member->second;
    if (is_new) return true;
    if (first_counts_) {
      member_ = &passed_over_.emplace_back();
      return true;
    }
    error = make_error("json.duplicate_key", "an object has the same key twice (the " + std::to_string(members.size()) +
                       ". key of the object at depth " + std::to_string(open_.size()) + " is repeated)", "Keep one of the two.");
    return false;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    error = make_error("json.malformed", "this is not JSON: " + at_line(text_, position == 0 ? 0 : position - 1),
                       "Correct the text at that place.");
    return false;
  }

  json built;
  Error error = make_error("json.malformed", "this is not JSON", "Correct the text.");

 private:
  /// Where the next value belongs. Only the innermost open array or object grows, so that pointers to the outer ones hold.
  json& slot() {
    if (open_.empty()) return built;
    if (open_.back()->is_object()) return *member_;
    return open_.back()->get_ref<json::array_t&>().emplace_back();
  }
  template <class T>
  bool place(T&& each) {
    slot() = std::forward<T>(each);
    return true;
  }
  bool enter(json&& empty) {
    json& place = slot();
    place = std::move(empty);
    open_.push_back(&place);
    if (open_.size() <= limits_.depth) return true;
    error = make_error("json.too_deep", "nested more than " + std::to_string(limits_.depth) + " levels", "Use fewer levels.");
    return false;
  }
  bool leave() {
    open_.pop_back();
    return true;
  }

  std::string_view text_;
  const JsonLimits& limits_;
  bool first_counts_;  // of a repeated key
  std::vector<json*> open_;  // arrays and objects that are not closed yet, into `built`
  std::deque<json> passed_over_;  // values of repeated keys; each stays in its place while what is in it is read
  json* member_ = nullptr;   // whose value comes next, of the innermost object
};

Status check_plain(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes) {
    return make_error("json.too_large", "larger than " + std::to_string(limits.bytes) + " bytes", "Use a smaller document.");
  }
  if (text.find('\0') != std::string_view::npos || text.substr(0, 3) == "\xEF\xBB\xBF") {
    return make_error("json.not_plain_text", "has a NUL byte or a byte order mark", "Save it as plain UTF-8 text.");
  }
  return {};
}

Result<json> parse(std::string_view text, const JsonLimits& limits, bool first_counts) {
  TRY(check_plain(text, limits));
  Builder builder(text, limits, first_counts);
  try {
    if (!json::sax_parse(text, &builder, json::input_format_t::json, true, limits.comments)) return builder.error;
    return std::move(builder.built);
  } catch (const json::exception&) {
    return builder.error;  // the library's own text would quote the input
  }
}

}  // namespace

Result<json> parse_json(std::string_view text, const JsonLimits& limits) { return parse(text, limits, false); }

Result<json> parse_json_first_counts(std::string_view text, const JsonLimits& limits) { return parse(text, limits, true); }

std::size_t line_of_member(std::string_view text, std::string_view pointer) {
  // Descends by names: finds the quoted name at the right depth, then goes on inside its value.
  std::size_t at = 0;
  std::size_t line = 1;
  std::size_t wanted_depth = 1;
  std::size_t depth = 0;
  const auto next_name = [&pointer]() {
    pointer.remove_prefix(std::min<std::size_t>(1, pointer.size()));
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    std::string name(pointer.substr(0, end));
    pointer.remove_prefix(end);
    return name;
  };
  std::string name = next_name();
  while (at < text.size()) {
    const char c = text[at];
    if (c == '\n') ++line;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') {
      if (depth < wanted_depth) return 0;
      --depth;
    }
    if (c == '/' && text.substr(at, 2) == "//") {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    if (c == '"') {
      std::size_t end = at + 1;
      while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
      const std::string_view word = text.substr(at + 1, end - at - 1);
      const std::size_t after = text.find_first_not_of(" \t\r\n", end + 1);
      if (depth == wanted_depth && word == name && after != std::string_view::npos && text[after] == ':') {
        if (pointer.empty()) return line;
        name = next_name();
        ++wanted_depth;
      }
      at = end;
    }
    ++at;
  }
  return 0;
}

std::string to_json_line(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace cosigner
