#include "apt/release_mix.hpp"

#include <algorithm>
#include <optional>

#include "apt/source_file.hpp"
#include "apt/version_order.hpp"
#include "base/text.hpp"

namespace cosigner::apt {
namespace {

struct Numbers {
  unsigned long long family = 0, release = 0;
};

std::optional<Numbers> numbers_of(std::string_view version) {
  const auto parts = split(upstream_numbers(version), '.');
  if (parts.size() < 2) return std::nullopt;
  const auto family = parse_number(parts[0]);
  const auto release = parse_number(parts[1]);
  if (!family || !release) return std::nullopt;
  return Numbers{*family, *release};
}

}  // namespace

std::vector<Lagging> find_lagging(const std::map<std::string, std::string>& versions, const std::vector<std::string>& patterns) {
  std::map<unsigned long long, unsigned long long> newest;  // family → release
  std::map<std::string, Numbers> seen;
  for (const auto& [name, version] : versions) {
    const auto numbers = matches_any(name, patterns) ? numbers_of(version) : std::nullopt;
    if (!numbers) continue;
    seen[name] = *numbers;
    newest[numbers->family] = std::max(newest[numbers->family], numbers->release);
  }
  std::vector<Lagging> out;
  for (const auto& [name, numbers] : seen) {
    const auto best = newest.at(numbers.family);
    if (numbers.release < best) out.push_back({name, versions.at(name), std::to_string(numbers.family) + "." + std::to_string(best)});
  }
  return out;
}

}  // namespace cosigner::apt
