#include "kit/unit_files.hpp"

namespace cosigner::kit {
namespace {

/// The unit that a file belongs to: itself, or the owner of its drop-in directory; empty when it is no unit file.
std::string unit_of(const Path& place) {
  for (const char* root : {"/etc/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system"}) {
    if (place.parent() == Path(root)) return place.name();
    const std::string folder = place.parent().name();
    if (place.parent().parent() == Path(root) && folder.size() > 2 && folder.compare(folder.size() - 2, 2, ".d") == 0)
      return folder.substr(0, folder.size() - 2);
  }
  return {};
}

bool is_unit_name(const std::string& name) {
  for (const char* end : {".service", ".socket", ".timer", ".path", ".mount"}) {
    const std::string suffix = end;
    if (name.size() > suffix.size() && name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0) return true;
  }
  return false;
}

}  // namespace

bool is_held_back(const MachineModel& model, const std::string& unit) {
  constexpr std::string_view condition = "\nConditionPathExists=!";
  const Path folder = "/etc/systemd/system/" + unit + ".d";
  for (const auto& [path, entry] : model.entries) {
    const std::size_t at = Path(path).parent() == folder ? entry.content.find(condition) : std::string::npos;
    if (at == std::string::npos) continue;
    const std::size_t begin = at + condition.size();
    if (model.entries.count(entry.content.substr(begin, entry.content.find('\n', begin) - begin)) != 0) return true;
  }
  return false;
}

void unit_file_changed(MachineModel& model, const Path& place) {
  const std::string unit = unit_of(place);
  if (!is_unit_name(unit)) return;
  const auto entry = model.entries.find(place.text());
  if (place.name() != unit && model.units.count(unit) == 0) return;  // an addition to a unit that is not there
  UnitModel& known = model.units[unit];
  if (entry == model.entries.end()) {
    if (place.name() == unit) known.state.found = false;
    known.state.needs_reload = true;
    return;
  }
  if (known.state.found) {
    known.state.needs_reload = true;
  } else if (place.name() == unit) {
    const bool installable = entry->second.content.find("[Install]") != std::string::npos;
    known.state = host::UnitState{true, "inactive", installable ? "disabled" : "static", false};
  }
}

}  // namespace cosigner::kit
