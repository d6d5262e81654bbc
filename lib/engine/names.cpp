#include <array>
#include <utility>

#include "engine/step.hpp"

namespace cosigner::engine {
namespace {
constexpr std::array<std::pair<Disruption, std::string_view>, 5> disruptions = {{{Disruption::none, "none"},
                                                                                {Disruption::aesm, "aesm"},
                                                                                {Disruption::container, "container"},
                                                                                {Disruption::docker, "docker"},
                                                                                {Disruption::host, "host"}}};
}

std::string_view name_of(Disruption disruption) { return disruptions[static_cast<std::size_t>(disruption)].second; }

std::optional<Disruption> parse_disruption(std::string_view text) {
  for (const auto& [value, name] : disruptions) {
    if (name == text) return value;
  }
  return std::nullopt;
}

}  // namespace cosigner::engine
