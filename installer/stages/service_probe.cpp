// What the service stage looks at: one inspect, one log, one question, one systemd question; before a start that was asked for, the image.
#include <algorithm>

#include "base/shipped.hpp"
#include "container/reference.hpp"
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

bool is_wanted_stopped(const profile::Settings& settings, const std::string& stopped_at) {
  if (settings.run_wish == profile::RunWish::as_left) return !stopped_at.empty();
  return settings.run_wish == profile::RunWish::stopped;
}

}  // namespace

Status check_image(const host::HostView& host, const engine::StageContext& context, const attest::Verdict& verdict) {
  const auto image = TRY(host.containers().image(verdict.image_id));
  if (!image) return make_error("engine.image_not_found", "the image " + verdict.image_id + " is not here any more", "Run `cosigner setup`: its stage `image` fetches it again.");
  const std::string digest = context.ledger.value("image.digest");  // none: it came from an archive, whose image is known by its id
  if (image->id == verdict.image_id && (digest.empty() || container::has_digest(image->repo_digests, digest))) return {};
  return make_error("image.not_pinned", "the image " + verdict.image_id + " is not known to the engine by the pinned digest " + digest,
                    "Run `cosigner setup`: its stage `image` fetches the pinned image again.");
}

Result<ServiceFacts> probe_service(const host::HostView& host, const engine::StageContext& context) {
  ServiceFacts facts;
  facts.paired = !remembered_users(context.ledger).empty();
  if (!facts.paired) return facts;
  facts.stopped_at = context.ledger.value(stopped_at_name);
  facts.wanted_stopped = is_wanted_stopped(context.settings, facts.stopped_at);
  if (facts.wanted_stopped) {
    TRY(probe_check_units(host, facts));
    facts.health.container = TRY(find_container(host, context.settings.profile.cosigner.container_name));
    return facts;
  }
  facts.verdict = remembered_verdict(context.ledger);
  facts.callback_in_place = is_callback_in_place(probe_callback_wish(host, context.settings), context.ledger);
  TRY(probe_check_units(host, facts));
  facts.health = TRY(probe_health(host, context));
  if (!facts.verdict) return facts;
  if (context.settings.run_wish == profile::RunWish::running) {
    if (auto here = check_image(host, context, *facts.verdict); !here.ok()) facts.image_trouble = std::move(here).error();
  }
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
