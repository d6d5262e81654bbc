#include "kit/fake_services.hpp"

#include "kit/unit_files.hpp"

namespace cosigner::kit {

using host::UnitVerb;

namespace {

std::string name_of(UnitVerb verb) {
  switch (verb) {
    case UnitVerb::enable: return "enable";
    case UnitVerb::disable: return "disable";
    case UnitVerb::start: return "start";
    case UnitVerb::stop: return "stop";
    case UnitVerb::restart: return "restart";
    case UnitVerb::reload: return "reload";
    case UnitVerb::unmask: return "unmask";
    case UnitVerb::daemon_reload: return "daemon_reload";
  }
  return {};
}

}  // namespace

Result<std::map<std::string, host::UnitState>> FakeServices::states(const std::vector<std::string>& units) const {
  std::map<std::string, host::UnitState> states;
  for (const std::string& unit : units) {
    const auto found = model_.units.find(unit);
    const bool there = found != model_.units.end() && found->second.state.found;
    states[unit] = there ? found->second.state : host::UnitState{false, "inactive", "", false};
  }
  return states;
}

Status FakeServices::start(const std::string& unit) {
  host::UnitState& state = model_.units[unit].state;
  if (state.is_masked()) return make_error("services.failed", unit + " is masked", "Run `systemctl unmask " + unit + "`.");
  if (state.is_active() || is_held_back(model_, unit)) return {};
  state.active = "active";
  const auto effect = model_.units[unit].started;  // a copy: the effect may change the units
  if (effect) effect(model_);
  if (model_.units[unit].state.is_active()) return {};
  return make_error("services.failed", unit + " did not start", "Look at `journalctl -u " + unit + "`.");
}

void FakeServices::stop(const std::string& unit) {
  host::UnitState& state = model_.units[unit].state;
  const bool was_active = state.is_active();
  state.active = "inactive";
  const auto effect = model_.units[unit].stopped;
  if (was_active && effect) effect(model_);
}

Status FakeServices::change(UnitVerb verb, const std::string& unit) {
  if (verb == UnitVerb::daemon_reload) {
    for (auto& [name, known] : model_.units) known.state.needs_reload = false;
    return {};
  }
  const auto found = model_.units.find(unit);
  if (found == model_.units.end() || !found->second.state.found)
    return make_error("services.not_found", "there is no unit " + unit, "Install what brings the unit and run again.");
  host::UnitState& state = found->second.state;
  switch (verb) {
    case UnitVerb::enable:
      if (state.is_masked()) return make_error("services.failed", unit + " is masked", "Run `systemctl unmask " + unit + "`.");
      if (state.enabled != "static") state.enabled = "enabled";
      return {};
    case UnitVerb::disable:
      if (state.enabled != "static") state.enabled = "disabled";
      return {};
    case UnitVerb::unmask:
      if (state.is_masked()) state.enabled = "disabled";
      return {};
    case UnitVerb::stop: stop(unit); return {};
    case UnitVerb::restart: stop(unit); return start(unit);
    case UnitVerb::reload:
      if (state.is_active()) {
        const auto effect = found->second.reloaded;
        if (effect) effect(model_);
        return {};
      }
      return make_error("services.failed", unit + " is not active and cannot be reloaded", "Start " + unit + " first.");
    default: return start(unit);
  }
}

Result<std::optional<Untrusted>> FakeServices::log(const std::string& unit, int) const {
  const auto found = model_.unit_logs.find(unit);
  return found == model_.unit_logs.end() ? std::optional<Untrusted>() : std::optional(Untrusted(found->second));
}

Status FakeServices::run(UnitVerb verb, const std::string& unit) {
  return log_.write<void>("services." + name_of(verb), unit, [&] { return change(verb, unit); });
}

}  // namespace cosigner::kit
