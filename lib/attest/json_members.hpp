// Typed, strict access to the members of a JSON object that a signature or the operator vouches for. Every getter gives nothing
// for a member that is missing, of another type or out of range; members that are not asked for are ignored.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace cosigner::attest {

const nlohmann::json* find_member(const nlohmann::json& object, std::string_view name);  // null: not there
/// A whole number written as one: 13.0, 1e1 and -0 are none.
std::optional<std::uint32_t> number_member(const nlohmann::json& object, std::string_view name, std::uint32_t maximum);
std::optional<std::string> text_member(const nlohmann::json& object, std::string_view name);
/// Hex digits of either case that make exactly `size` bytes.
std::optional<std::string> bytes_member(const nlohmann::json& object, std::string_view name, std::size_t size);
/// `YYYY-MM-DDTHH:MM:SSZ` and nothing else, years 1950 to 9999.
std::optional<Time> time_member(const nlohmann::json& object, std::string_view name);
/// An absent list is an empty one. At most 256 names of at most 64 plain characters each: they go into output as they are.
std::optional<std::vector<std::string>> advisories_member(const nlohmann::json& object, std::string_view name);

}  // namespace cosigner::attest
