#include "kit/aesmd_reader.hpp"

#include <cctype>
#include <optional>
#include <vector>

namespace cosigner::kit {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// A cursor over one line, as a chain of matches: each one either moves it or fails.
struct Cursor {
  std::string_view rest;
  bool good = true;

  Cursor& blanks() {
    while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
    return *this;
  }
  Cursor& one_blank() {
    good = good && !rest.empty() && is_blank(rest.front());
    if (good) rest.remove_prefix(1);
    return *this;
  }
  Cursor& word(std::string_view wanted) {  // in any case
    for (const char c : wanted) {
      good = good && !rest.empty() && std::tolower(static_cast<unsigned char>(rest.front())) == c;
      if (!good) return *this;
      rest.remove_prefix(1);
    }
    return *this;
  }
  std::optional<std::string> value() {
    std::size_t end = 0;
    while (end < rest.size() && !is_blank(rest[end])) ++end;
    if (!good || end == 0) return std::nullopt;
    return std::string(rest.substr(0, end));
  }
};

/// What stands behind "first second =" (an empty second: a key of one word less); with `strict` exactly one blank must follow the sign.
std::optional<std::string> value_behind(std::string_view line, const std::vector<std::string_view>& words, bool strict) {
  Cursor cursor{line};
  for (const auto word : words) cursor.blanks().word(word);
  cursor.blanks().word("=");
  if (strict) cursor.one_blank();
  else cursor.blanks();
  return cursor.value();
}

bool begins_with_one(const std::string& value, const std::vector<std::string_view>& words) {
  for (const auto word : words)
    if (Cursor{value}.word(word).good) return true;
  return false;
}

/// False: a format error.
bool take(std::string_view line, bool knows_epid, bool knows_whitelist, std::map<std::string, std::string>& values) {
  Cursor start{line};
  start.blanks();
  if (start.rest.empty() || start.rest.front() == '#') return true;
  const auto keep = [&](const char* key, const std::optional<std::string>& value, const std::vector<std::string_view>& allowed) {
    if (!value || !begins_with_one(*value, allowed)) return false;
    values[key] = *value;
    return true;
  };
  if (keep("proxy type", value_behind(line, {"proxy", "type"}, true), {"direct", "default", "manual"})) return true;
  if (keep("aesm proxy", value_behind(line, {"aesm", "proxy"}, false), {"http://", "https://"})) return true;
  if (keep("qpl log level", value_behind(line, {"qpl", "log", "level"}, true), {"error", "info"})) return true;
  const auto quoting = value_behind(line, {"default", "quoting", "type"}, true);
  if (keep("default quoting type", quoting, {"ecdsa_256"})) return true;
  if (!knows_epid) return false;
  return keep("default quoting type", quoting, {"epid_linkable", "epid_unlinkable"}) || (knows_whitelist && keep("whitelist url", value_behind(line, {"whitelist", "url"}, false), {"http://", "https://"}));
}

}  // namespace

AesmdRead read_as_daemon(std::string_view text, bool knows_epid, bool knows_whitelist) {
  constexpr std::size_t buffer = 1023;  // of 1024 bytes, with the end of a C string; what is longer comes as a further line
  AesmdRead out;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    std::string_view line = text.substr(0, buffer);
    const std::size_t end = line.find('\n');
    text.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
    line = line.substr(0, end);
    line = line.substr(0, line.find('\0'));
    if (take(line, knows_epid, knows_whitelist, out.values)) continue;
    return {false, number, {}};
  }
  return out;
}

}  // namespace cosigner::kit
