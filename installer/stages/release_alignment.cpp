#include "installer/stages/release_alignment.hpp"

#include <algorithm>

#include "apt/version_order.hpp"
#include "base/text.hpp"

namespace cosigner::stages {

Result<AlignmentFacts> probe_alignment(const host::HostView& host, const profile::PackageSource& source) {
  AlignmentFacts facts;
  std::map<std::string, std::string> versions;
  for (const auto& [name, package] : TRY(host.packages().installed())) {
    if (package.status == "installed") versions[name] = package.version;
  }
  facts.lagging = apt::find_lagging(versions, source.packages);
  if (!facts.lagging.empty()) facts.interrupted = TRY(host.packages().interrupted());
  return facts;
}

Status ask_candidates(const host::HostView& host, AlignmentFacts& facts) {
  for (const auto& package : facts.lagging) {
    const auto candidate = TRY(host.packages().candidate(package.name));
    if (candidate && apt::compare_versions(*candidate, package.version) > 0) facts.upgradable.push_back(package.name);
  }
  return {};
}

void plan_alignment(const AlignmentFacts& facts, const host::PackageOrigin& origin, const host::AptOptions& options, engine::StagePlan& plan) {
  if (facts.lagging.empty()) return;
  std::vector<std::string> seen, stuck;
  for (const auto& package : facts.lagging) {
    const std::string text = package.name + " " + package.version + " beside " + package.newest;
    seen.push_back(text);
    if (std::find(facts.upgradable.begin(), facts.upgradable.end(), package.name) == facts.upgradable.end()) stuck.push_back(package.name);
  }
  report::Finding finding{"apt.releases", "The installed packages are of one release", report::Outcome::warn, joined(seen, ", "), "", "", ""};
  if (!stuck.empty()) finding.remedy = "Remove what no newer release has: `apt-get remove " + joined(stuck, " ") + "`, unless something still needs it.";
  plan.findings.push_back(std::move(finding));
  if (facts.upgradable.empty()) return;
  if (facts.interrupted) {
    plan.steps.push_back({"finish", engine::FinishPackages{}, "An earlier package run was cut off.", "Nothing to undo.", engine::Disruption::none, false, ""});
    plan.continues = true;
    return;
  }
  host::InstallRequest request;
  request.names = facts.upgradable;
  request.options = options;
  request.origin = origin;
  plan.steps.push_back({"one-release", engine::InstallPackages{request}, "They are of an older release than the packages beside them, and belong together.",
                        "Install the former versions, named by `apt-cache policy`.", engine::Disruption::aesm, false, ""});
}

}  // namespace cosigner::stages
