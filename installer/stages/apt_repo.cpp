#include "installer/stages/apt_repo.hpp"

#include "installer/stages/download_request.hpp"
#include "profile/this_platform.hpp"

namespace cosigner::stages {
namespace {

constexpr std::chrono::seconds archive_timeout{3600};

Result<std::optional<profile::PackageSource>> wanted_source(const host::HostView& host, const engine::StageContext& context) {
  const auto os = TRY(profile::read_os_release(host));
  const auto platform = os ? profile::find_platform(context.settings.profile, *os) : std::nullopt;
  if (!platform) return std::optional<profile::PackageSource>();
  return std::optional(with_answers(platform->sgx_source, context.settings.answers));
}

class AptRepoStage : public engine::Stage {
 public:
  std::string id() const override { return "apt-repo"; }
  std::string title() const override { return "Intel's package source"; }

  Result<engine::StagePlan> look(const host::HostView& host, const engine::StageContext& context) const override {
    return plan_apt_repo(TRY(probe_apt_repo(host, context)), context);
  }

  Result<engine::Remembered> apply(const engine::Custom& step, host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress) const override {
    const auto source = TRY(wanted_source(host, context));
    if (step.name != "unpack-repository" || !source) return Stage::apply(step, host, context, progress);
    std::vector<std::string> accepted;
    for (const auto& key : source->keys) accepted.push_back(key.fingerprint);
    return unpack_staged(*source, accepted, host, context, progress);
  }
};

}  // namespace

Result<AptRepoFacts> probe_apt_repo(const host::HostView& host, const engine::StageContext& context) {
  AptRepoFacts facts;
  facts.now = host.clock().now();
  const auto source = TRY(wanted_source(host, context));
  if (!source) return facts;
  facts.source = TRY(probe_source(host, context, *source));
  const bool needs_archive = !source->archive_url.empty() && facts.source->key() != nullptr && !facts.source->local;
  if (needs_archive) facts.archive_request = TRY(download_request(source->archive_url, host, context));
  facts.archive_request.timeout = archive_timeout;
  return facts;
}

engine::StagePlan plan_apt_repo(const AptRepoFacts& facts, const engine::StageContext& context) {
  engine::StagePlan plan;
  if (!facts.source) {
    plan.blocked = make_error("hardware.os_unknown", "the profile has no package source for this operating system",
                              "Use one of the systems that `cosigner profile show` lists.");
    return plan;
  }
  plan_source(*facts.source, context, facts.now, facts.archive_request, plan);
  return plan;
}

std::unique_ptr<engine::Stage> make_apt_repo_stage() { return std::make_unique<AptRepoStage>(); }

}  // namespace cosigner::stages
