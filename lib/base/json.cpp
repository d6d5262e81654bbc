#include "base/json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

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

/// Walks the text once before anything is built, and stops at the first broken rule.
class Guard : public nlohmann::json_sax<json> {
 public:
  Guard(std::string_view text, const JsonLimits& limits) : text_(text), limits_(limits) {}

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(std::int64_t) override { return true; }
  bool number_unsigned(std::uint64_t) override { return true; }
  bool number_float(double, const std::string&) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(json::binary_t&) override { return true; }
  bool start_object(std::size_t) override { return enter(); }
  bool start_array(std::size_t) override { return enter(); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }

  bool key(std::string& name) override {
    if (keys_.back().insert(name).second) return true;
    error = make_error("json.duplicate_key", "an object has the same key twice (the " + std::to_string(keys_.back().size()) +
                       ". key of the object at depth " + std::to_string(keys_.size()) + " is repeated)", "Keep one of the two.");
    return false;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    error = make_error("json.malformed", "this is not JSON: " + at_line(text_, position == 0 ? 0 : position - 1),
                       "Correct the text at that place.");
    return false;
  }

  Error error = make_error("json.malformed", "this is not JSON", "Correct the text.");

 private:
  bool enter() {
    keys_.emplace_back();
    if (keys_.size() <= limits_.depth) return true;
    error = make_error("json.too_deep", "nested more than " + std::to_string(limits_.depth) + " levels", "Use fewer levels.");
    return false;
  }
  bool leave() {
    keys_.pop_back();
    return true;
  }

  std::string_view text_;
  const JsonLimits& limits_;
  std::vector<std::set<std::string>> keys_;
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

}  // namespace

Result<json> parse_json(std::string_view text, const JsonLimits& limits) {
  TRY(check_plain(text, limits));
  Guard guard(text, limits);
  try {
    if (!json::sax_parse(text, &guard, json::input_format_t::json, true, limits.comments)) return guard.error;
    return json::parse(text, nullptr, true, limits.comments);
  } catch (const json::exception&) {
    return guard.error;  // the library's own text would quote the input
  }
}

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
