#include "attest/pem.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace cosigner::attest {
namespace {

constexpr std::size_t text_limit = 64 * 1024;
constexpr std::size_t block_limit = 8;

bool is_white(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

void skip_white(std::string_view& text) {
  while (!text.empty() && is_white(text.front())) text.remove_prefix(1);
}

bool skip(std::string_view& text, std::string_view expected) {
  if (text.substr(0, expected.size()) != expected) return false;
  text.remove_prefix(expected.size());
  return true;
}

/// Base64 in lines; line ends as on any system.
std::optional<std::string> decode_lines(std::string_view lines) {
  std::string packed;
  packed.reserve(lines.size());
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', at), lines.size());
    packed += lines.substr(at, end - at);
    at = end + 1;
  }
  if (packed.find('\r') != std::string::npos) packed.erase(std::remove(packed.begin(), packed.end(), '\r'), packed.end());
  return from_base64(packed);
}

}  // namespace

std::string_view without_last_nul(std::string_view text) {
  if (!text.empty() && text.back() == '\0') text.remove_suffix(1);
  return text;
}

std::optional<std::vector<std::string>> read_pem(std::string_view text, std::string_view label) {
  if (text.size() > text_limit) return std::nullopt;
  const std::string begin = "-----BEGIN " + std::string(label) + "-----";
  const std::string end = "-----END " + std::string(label) + "-----";
  std::string_view rest = without_last_nul(text);
  std::vector<std::string> blocks;
  for (skip_white(rest); !rest.empty(); skip_white(rest)) {
    if (blocks.size() == block_limit || !skip(rest, begin)) return std::nullopt;
    const std::size_t length = rest.find('-');  // no base64 character
    if (length == std::string_view::npos) return std::nullopt;
    auto der = decode_lines(rest.substr(0, length));
    rest.remove_prefix(length);
    if (!der || der->empty() || !skip(rest, end)) return std::nullopt;
    blocks.push_back(std::move(*der));
  }
  return blocks;
}

}  // namespace cosigner::attest
