// What the service stage looks at: one inspect, one log, one question, one systemd question.
#include <algorithm>

#include "base/shipped.hpp"
#include "installer/stages/callback_wish.hpp"
#include "installer/stages/cosigner_container.hpp"
#include "installer/stages/attestation.hpp"
#include "installer/stages/service.hpp"

namespace cosigner::stages {
namespace {

std::string shipped_text(const std::string& name) {
  for (const ShippedFile& file : shipped_files()) {
    if (file.name == name) return std::string(file.bytes);
  }
  return {};
}

Result<CheckUnit> probe_unit(const host::HostView& host, const std::string& name) {
  CheckUnit unit{Path("/etc/systemd/system") / name, name, shipped_text("texts/" + name)};
  const auto stat = TRY(host.files().stat(unit.path));
  if (!stat || stat->kind != host::FileKind::regular) return unit;
  const auto text = TRY(host.files().read(unit.path));
  unit.right = text && *text == unit.wanted && stat->attributes == host::FileAttributes{{0644}, {}};
  return unit;
}

Status probe_check_units(const host::HostView& host, ServiceFacts& facts) {
  const std::string timer = "cosigner-check.timer";
  facts.units.push_back(TRY(probe_unit(host, "cosigner-check.service")));
  facts.units.push_back(TRY(probe_unit(host, timer)));
  const bool all_right = std::all_of(facts.units.begin(), facts.units.end(), [](const CheckUnit& unit) { return unit.right; });
  if (!all_right) return {};
  const auto states = TRY(host.services().states({facts.units.front().name, timer}));
  const auto state = [&](const std::string& name) { return states.count(name) != 0 ? states.at(name) : host::UnitState{}; };
  facts.timer_loaded = state(timer).found && !state(timer).needs_reload && !state(facts.units.front().name).needs_reload;
  facts.timer_enabled = state(timer).is_enabled();
  return {};
}

}  // namespace

Result<ServiceFacts> probe_service(const host::HostView& host, const engine::StageContext& context) {
  ServiceFacts facts;
  facts.paired = !remembered_users(context.ledger).empty();
  if (!facts.paired) return facts;
  facts.verdict = remembered_verdict(context.ledger);
  facts.callback_in_place = is_callback_in_place(probe_callback_wish(host, context.settings), context.ledger);
  TRY(probe_check_units(host, facts));
  facts.health = TRY(probe_health(host, context));
  if (!facts.verdict) return facts;
  const auto& container = facts.health.container;
  if (container) {
    const host::ContainerSpec wanted = TRY(main_spec(host, context.settings, facts.verdict->image_id));
    facts.differences = differences(wanted, container->spec);
  }
  // A container that is the wanted one is attached to the network already.
  if (!container || !facts.differences.empty() || !container->running) {
    auto network = host.containers().has_network(context.settings.profile.cosigner.network);
    facts.network = network.ok() && *network;
  }
  return facts;
}

}  // namespace cosigner::stages
