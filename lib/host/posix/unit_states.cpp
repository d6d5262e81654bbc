#include "host/posix/unit_states.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace cosigner::host {
namespace {

void take_property(UnitState& state, std::string_view name, std::string_view value) {
  if (name == "LoadState") {
    state.found = value != "not-found" && value != "bad-setting" && value != "error";
  } else if (name == "ActiveState") {
    state.active = std::string(value);
  } else if (name == "UnitFileState") {
    state.enabled = std::string(value);
  } else if (name == "NeedDaemonReload") {
    state.needs_reload = value == "yes";
  }
}

}  // namespace

std::map<std::string, UnitState> parse_unit_states(std::string_view text, const std::vector<std::string>& units) {
  std::map<std::string, UnitState> states;
  for (const std::string& unit : units) states[unit] = UnitState{};
  std::size_t at = 0;
  bool in_block = false;
  for (const std::string_view line : lines_of(text)) {
    if (line.empty()) {
      at += in_block ? 1 : 0;
      in_block = false;
      continue;
    }
    const std::size_t sign = line.find('=');
    if (at >= units.size() || sign == std::string_view::npos) continue;
    in_block = true;
    take_property(states[units[at]], line.substr(0, sign), line.substr(sign + 1));
  }
  return states;
}

bool is_unit_name(const std::string& name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(":-_.\\@").find(c) != std::string_view::npos;
  };
  return !name.empty() && name.size() < 256 && name[0] != '-' && name.find('.') != std::string::npos &&
         std::all_of(name.begin(), name.end(), allowed);
}

}  // namespace cosigner::host
