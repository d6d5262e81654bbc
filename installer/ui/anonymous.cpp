#include "installer/ui/anonymous.hpp"

#include <algorithm>

namespace cosigner::ui {
namespace {

constexpr std::size_t longest_word = 40;  // package versions and file names are shorter, tokens and digests longer
constexpr std::size_t shortest_number = 16;
constexpr std::size_t kept = 4;  // as many as the vendor's support asks for

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_word_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '+' ||
         c == '=' || c == '@';
}

std::size_t count_of(std::string_view text, char wanted) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), wanted));
}

/// "192.0.2.1"
bool is_ipv4(std::string_view text) {
  if (count_of(text, '.') != 3 || text.size() > 15) return false;
  std::size_t digits = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i == text.size() || text[i] == '.') {
      if (digits == 0 || digits > 3) return false;
      digits = 0;
    } else if (text[i] < '0' || text[i] > '9') {
      return false;
    } else {
      ++digits;
    }
  }
  return true;
}

/// "2001:db8::1" and hardware addresses; a time has one or two colons only.
bool is_colon_address(std::string_view text) {
  if (count_of(text, ':') < 2) return false;
  const bool only_hex = std::all_of(text.begin(), text.end(), [](char c) { return is_hex(c) || c == ':'; });
  return only_hex && (count_of(text, ':') > 2 || text.find("::") != std::string_view::npos);
}

bool is_uuid(std::string_view text) {
  return text.size() == 36 && count_of(text, '-') == 4 &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_hex(c) || c == '-'; });
}

std::string without_identity(std::string_view word) {
  if (word.find('@') != std::string_view::npos && word.find("@sha") == std::string_view::npos && word.size() > 1) return "[mail]";
  if (is_uuid(word)) return std::string(word.substr(0, kept)) + "…";
  const bool is_number = word.size() >= shortest_number && std::all_of(word.begin(), word.end(), is_hex);
  if (is_number) return std::string(word.substr(0, kept)) + "…";
  return word.size() > longest_word ? "[left out]" : std::string(word);
}

/// Replaces whole words only, so that a short name does not eat into others.
std::string with_names(std::string text, const std::vector<std::string>& private_words) {
  std::size_t number = 0;
  for (const std::string& name : private_words) {
    ++number;
    if (name.size() < 2) continue;
    const std::string stand_in = "[name " + std::to_string(number) + "]";
    for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
      const bool begins = at == 0 || !is_word_character(text[at - 1]);
      const bool ends = at + name.size() == text.size() || !is_word_character(text[at + name.size()]);
      if (begins && ends) text.replace(at, name.size(), stand_in);
      at += begins && ends ? stand_in.size() : 1;
    }
  }
  return text;
}

bool belongs_to_address(char c) { return is_hex(c) || c == '.' || c == ':'; }

std::string without_addresses(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && belongs_to_address(text[end])) ++end;
    std::string_view word = text.substr(at, end - at);
    while (!word.empty() && (word.back() == '.' || word.back() == ':') &&
           word.substr(word.size() - std::min<std::size_t>(2, word.size())) != "::")
      word.remove_suffix(1);
    const std::string_view host = word.substr(0, word.find(':'));
    const bool begins = at == 0 || !is_word_character(text[at - 1]);
    // "2.26.100.0-jammy1" is a version; "192.0.2.1:443" keeps its port.
    const bool is_version = at + host.size() < text.size() && is_word_character(text[at + host.size()]);
    const bool is_four = is_ipv4(host) && !is_version;
    if (begins && (is_four || is_colon_address(word))) {
      out += "[address]";
      at += is_four ? host.size() : word.size();
    } else {
      out += text.substr(at, std::max<std::size_t>(end - at, 1));
      at = std::max(end, at + 1);
    }
  }
  return out;
}

}  // namespace

std::string anonymous(std::string_view text, const std::vector<std::string>& private_words) {
  const std::string named = with_names(without_addresses(text), private_words);
  std::string out;
  for (std::size_t at = 0; at < named.size();) {
    std::size_t end = at;
    while (end < named.size() && is_word_character(named[end])) ++end;
    if (end == at) {
      out += named[at++];
      continue;
    }
    out += without_identity(std::string_view(named).substr(at, end - at));
    at = end;
  }
  return out;
}

}  // namespace cosigner::ui
