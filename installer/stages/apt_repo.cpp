#include "installer/stages/apt_repo.hpp"

#include "host/package_states.hpp"
#include "installer/stages/aesm_container.hpp"
#include "installer/stages/download_request.hpp"
#include "installer/stages/machine_kind.hpp"
#include "installer/stages/source_texts.hpp"
#include "profile/this_platform.hpp"

namespace cosigner::stages {
namespace {

constexpr std::chrono::seconds archive_timeout{3600};

Result<std::optional<profile::PackageSource>> profile_source(const host::HostView& host, const profile::Settings& settings) {
  const auto os = TRY(profile::read_os_release(host));
  const auto platform = os ? profile::find_platform(settings.profile, *os) : std::nullopt;
  if (!platform) return std::optional<profile::PackageSource>();
  return std::optional(platform->sgx_source);
}

Result<std::optional<profile::PackageSource>> wanted_source(const host::HostView& host, const engine::StageContext& context) {
  auto source = TRY(profile_source(host, context.settings));
  if (source) source = profile::with_answers(std::move(*source), context.settings.answers);
  return source;
}

/// Intel's packages that the next stage wants here. In a container AESM brings its own; the tools for bare metal are the machine's either way.
Result<std::vector<std::string>> needed_packages(const host::HostView& host, const profile::Settings& settings) {
  const profile::PackageSet& packages = settings.profile.packages;
  std::vector<std::string> out;
  const auto add = [&](const std::vector<std::string>& names) { out.insert(out.end(), names.begin(), names.end()); };
  if (!is_container_wanted(settings)) add(packages.sgx);
  if (!is_container_wanted(settings) && settings.answers.legacy_epid) add(packages.sgx_epid);
  const MachineKind machine = probe_machine_kind(host, settings);
  if (!machine.is_bare_metal()) return out;
  if (machine.sockets > 1 && TRY(host.files().stat("/sys/firmware/efi"))) add(packages.registration);
  if (settings.answers.quote_provider == "pccs") add(packages.pck_retrieval);
  return out;
}

/// What is to be installed from here, or is behind.
Result<std::vector<std::string>> wanted_packages(const host::HostView& host, const std::vector<std::string>& needed, const AlignmentFacts& alignment) {
  std::vector<std::string> out = host::missing_packages(TRY(host.packages().installed()), needed);
  for (const auto& package : alignment.lagging) out.push_back(package.name);
  return out;
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
  const auto needed = TRY(needed_packages(host, context.settings));
  facts.is_needed = !is_container_wanted(context.settings) || !needed.empty();
  if (!facts.is_needed) return facts;
  facts.platform_suite = TRY(profile_source(host, context.settings))->suite;
  facts.lacks_suite = source->suite.empty();
  if (facts.lacks_suite) return facts;
  // Beside a daemon in a container the packages rest: no upgrade of ours, whose scripts would start theirs.
  if (!is_container_wanted(context.settings)) facts.alignment = TRY(probe_alignment(host, *source, context.settings.profile.packages.sgx_epid));
  facts.source = TRY(probe_source(host, context, *source, TRY(wanted_packages(host, needed, facts.alignment))));
  const bool are_lists_ready = facts.source->key() != nullptr && !facts.source->directory_error && lists_need(*facts.source, facts.now) == ListsNeed::none;
  if (are_lists_ready) TRY(ask_candidates(host, facts.alignment));
  const bool needs_archive = !source->archive_url.empty() && facts.source->key() != nullptr && !facts.source->local;
  if (needs_archive) facts.archive_request = TRY(download_request(source->archive_url, host, context));
  facts.archive_request.timeout = archive_timeout;
  return facts;
}

engine::StagePlan plan_apt_repo(const AptRepoFacts& facts, const engine::StageContext& context) {
  engine::StagePlan plan;
  if (!facts.is_needed) {
    plan.findings.push_back({"apt.source", "Intel's package source is here", report::Outcome::skip, "none is needed: the daemon runs as a container, and nothing else of it is wanted", "", "", "sgx.aesm is \"container\""});
    return plan;
  }
  if (!facts.source) {
    if (facts.lacks_suite) {
      plan.blocked = make_error("hardware.os_unknown", "the publisher has no package suite for this operating system",
                                "Use another system, or name another system's suite in sgx.repository.suite at your own risk.");
      return plan;
    }
    plan.blocked = make_error("hardware.os_unknown", "the profile has no package source for this operating system",
                              "Use one of the systems that `cosigner profile show` lists.");
    return plan;
  }
  plan_source(*facts.source, context, facts.now, facts.archive_request, plan);
  if (!plan.blocked && plan.steps.empty()) {
    plan_alignment(facts.alignment, origin_of(facts.source->source, facts.platform_suite), apt_network_options(context.settings), plan);
  }
  return plan;
}

Result<std::optional<host::PackageOrigin>> sgx_packages_origin(const host::HostView& host, const engine::StageContext& context) {
  const auto source = TRY(wanted_source(host, context));
  if (!source) return std::optional<host::PackageOrigin>();
  return std::optional(origin_of(*source, TRY(profile_source(host, context.settings))->suite));
}

std::unique_ptr<engine::Stage> make_apt_repo_stage() { return std::make_unique<AptRepoStage>(); }

}  // namespace cosigner::stages
