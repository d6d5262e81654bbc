#include "installer/stages/docker_source.hpp"

#include "installer/stages/package_source.hpp"
#include "profile/this_platform.hpp"

namespace cosigner::stages {
namespace {

Error unknown_system() {
  return make_error("engine.source_unknown", "the profile has no engine packages for this operating system", "Install a container engine (API 1.41 or newer), or set docker.install to \"distro\".");
}

}  // namespace

Result<std::optional<engine::StagePlan>> plan_docker_source(const host::HostView& host, const engine::StageContext& context, bool is_wanted) {
  engine::StagePlan plan;
  const auto os = TRY(profile::read_os_release(host));
  const auto platform = os ? profile::find_platform(context.settings.profile, *os) : std::nullopt;
  if (!platform || platform->engine_source.uri.empty()) {
    if (!is_wanted) return std::optional<engine::StagePlan>();
    plan.blocked = unknown_system();
    return std::optional<engine::StagePlan>(std::move(plan));
  }
  // A source that we once made is kept in order; one that is not wanted and not ours is none of our business.
  const bool is_ours = context.ledger.find("file", platform->engine_source.source_path) != nullptr;
  if (!is_wanted && !is_ours) return std::optional<engine::StagePlan>();
  const SourceFacts facts = TRY(probe_source(host, context, platform->engine_source, is_wanted ? context.settings.profile.packages.engine : std::vector<std::string>()));
  plan_source(facts, context, host.clock().now(), {}, plan);
  for (engine::Step& step : plan.steps) step.id = "engine-" + step.id;
  return std::optional<engine::StagePlan>(std::move(plan));
}

}  // namespace cosigner::stages
