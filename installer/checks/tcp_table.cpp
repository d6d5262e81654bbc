#include "installer/checks/tcp_table.hpp"

#include <map>
#include <optional>

#include "base/text.hpp"

namespace cosigner::checks {
namespace {

constexpr std::string_view listening = "0A";
constexpr std::string_view loopback_6 = "00000000000000000000000001000000";

std::optional<unsigned> hex_port(std::string_view text) {
  if (text.size() != 4) return std::nullopt;
  unsigned value = 0;
  for (const char c : text) {
    const bool is_digit = c >= '0' && c <= '9', is_letter = c >= 'A' && c <= 'F';
    if (!is_digit && !is_letter) return std::nullopt;
    value = value * 16 + static_cast<unsigned>(is_digit ? c - '0' : c - 'A' + 10);
  }
  return value;
}

/// Addresses are written as 32-bit words in the machine's order: 127.x ends in 7F on a little-endian one.
bool is_loopback(std::string_view address) { return address.size() == 8 ? address.substr(6) == "7F" : address == loopback_6; }

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> out;
  for (const auto word : split(line, ' ')) {
    if (!word.empty()) out.push_back(word);
  }
  return out;
}

}  // namespace

std::vector<Listener> listeners_in(std::string_view table) {
  std::map<unsigned, bool> local;  // port → only on loopback
  for (const std::string_view line : lines_of(table)) {
    const auto words = words_of(line);
    if (words.size() < 4 || words[3] != listening) continue;
    const std::size_t colon = words[1].find(':');
    if (colon == std::string_view::npos) continue;
    const auto port = hex_port(words[1].substr(colon + 1));
    if (!port) continue;
    const bool here = is_loopback(words[1].substr(0, colon));
    const auto [place, is_new] = local.emplace(*port, here);
    if (!is_new) place->second = place->second && here;
  }
  std::vector<Listener> out;
  out.reserve(local.size());
  for (const auto& [port, here] : local) out.push_back({port, here});
  return out;
}

}  // namespace cosigner::checks
