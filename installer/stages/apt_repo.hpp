// Stage apt-repo: Intel's package source for this operating system, believed by key fingerprint and allowed to deliver its own packages only.
// Blocks with `apt.*` (package_source.hpp) or `hardware.os_unknown`.
#pragma once

#include <memory>

#include "engine/stage.hpp"
#include "installer/stages/package_source.hpp"

namespace cosigner::stages {

struct AptRepoFacts {
  std::optional<SourceFacts> source;  // nothing: the profile does not know this system
  host::HttpRequest archive_request;
  Time now{};
};

Result<AptRepoFacts> probe_apt_repo(const host::HostView& host, const engine::StageContext& context);
engine::StagePlan plan_apt_repo(const AptRepoFacts& facts, const engine::StageContext& context);

std::unique_ptr<engine::Stage> make_apt_repo_stage();

}  // namespace cosigner::stages
