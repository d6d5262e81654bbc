#include "report/redactor.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace cosigner::report {
namespace {

constexpr std::size_t shortest = 4;
constexpr std::string_view mark = "[secret]";

/// Base64 of the value when `before` bytes stand in front of it in the same stream: only the digits that depend on the value alone.
std::string inner_base64(std::string_view value, std::size_t before, std::string (*encode)(std::string_view)) {
  const std::string padded = std::string(before, 'x') + std::string(value);
  const std::size_t first = (before * 8 + 5) / 6;
  const std::size_t last = padded.size() * 8 / 6;
  const std::string text = encode(padded);
  return last > first ? text.substr(first, last - first) : std::string();
}

std::string json_escaped(std::string_view value, bool ascii) {
  const std::string quoted = nlohmann::json(std::string(value)).dump(-1, ' ', ascii, nlohmann::json::error_handler_t::replace);
  return quoted.substr(1, quoted.size() - 2);
}

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

}  // namespace

void Redactor::add_needle(std::string needle) {
  if (needle.size() < shortest) return;
  Secret secret(std::move(needle));
  if (std::find(needles_.begin(), needles_.end(), secret) != needles_.end()) return;
  needles_.push_back(std::move(secret));
  std::stable_sort(needles_.begin(), needles_.end(), [](const Secret& left, const Secret& right) { return left.size() > right.size(); });
}

void Redactor::add(const Secret& secret) {
  const std::string_view value = secret.reveal("to keep it out of every output");
  if (value.size() < shortest) return;
  add_needle(std::string(value));
  add_needle(to_url_component(value));
  add_needle(json_escaped(value, false));
  add_needle(json_escaped(value, true));
  add_needle(to_hex(value));
  add_needle(upper(to_hex(value)));
  for (std::size_t before = 0; before < 3; ++before) {
    add_needle(inner_base64(value, before, &to_base64));
    add_needle(inner_base64(value, before, &to_base64url));
  }
}

std::string Redactor::scrub(std::string_view text) const {
  std::string out(text);
  for (const auto& needle : needles_) {
    const std::string_view bytes = needle.reveal("to find it in an output");
    for (std::size_t at = out.find(bytes); at != std::string::npos; at = out.find(bytes, at + mark.size())) out.replace(at, bytes.size(), mark);
  }
  return out;
}

}  // namespace cosigner::report
