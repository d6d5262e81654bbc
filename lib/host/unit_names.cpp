#include "host/unit_names.hpp"

#include <algorithm>
#include <iterator>

#include "base/text.hpp"

namespace cosigner::host {

std::string unit_name(std::string_view text) {
  const std::string name(trimmed(text));
  return name.find('.') == std::string::npos && !name.empty() ? name + ".service" : name;
}

bool is_unit_name(std::string_view text) {
  const auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(":_.@\\-").find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() < 256 && text[0] != '-' && std::all_of(text.begin(), text.end(), is_good);
}

Result<std::vector<std::string>> unknown_units(const ServicesView& services, const std::vector<std::string>& names) {
  std::vector<std::string> askable;
  std::copy_if(names.begin(), names.end(), std::back_inserter(askable), [](const std::string& name) { return is_unit_name(name); });
  auto states = askable.empty() ? std::map<std::string, UnitState>() : TRY(services.states(askable));
  std::vector<std::string> out;
  std::copy_if(names.begin(), names.end(), std::back_inserter(out), [&](const std::string& name) { return !states[name].found; });
  return out;
}

}  // namespace cosigner::host
