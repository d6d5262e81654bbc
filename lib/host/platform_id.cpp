#include "host/platform_id.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace cosigner::host {
namespace {

constexpr std::size_t fewest_values = 5, most_values = 6;

bool is_hex(std::string_view text) { return text.size() % 2 == 0 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos; }

}  // namespace

bool is_platform_id(std::string_view csv) {
  const auto values = split(trimmed(csv), ',');
  if (values.size() < fewest_values || values.size() > most_values) return false;
  if (!std::all_of(values.begin(), values.end(), [](std::string_view value) { return is_hex(value); })) return false;
  return std::none_of(values.begin(), values.begin() + fewest_values, [](std::string_view value) { return value.empty(); });
}

}  // namespace cosigner::host
