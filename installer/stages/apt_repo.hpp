// Stage apt-repo: Intel's package source for this operating system, believed by key fingerprint and allowed to deliver its own packages only;
// and what is installed from it is of one release. A host that takes no package from there needs no source. Blocks with `apt.*` (package_source.hpp) or `hardware.os_unknown`.
#pragma once

#include <memory>

#include "engine/stage.hpp"
#include "installer/stages/package_source.hpp"
#include "installer/stages/release_alignment.hpp"

namespace cosigner::stages {

struct AptRepoFacts {
  std::optional<SourceFacts> source;  // nothing: the profile does not know this system
  bool is_needed = true;              // something is wanted from the source: with the daemon in a container mostly nothing is
  bool lacks_suite = false;           // the publisher has none for this system, and the operator named none
  std::string platform_suite;         // the profile's for this system
  AlignmentFacts alignment;
  host::HttpRequest archive_request;
  Time now{};
};

Result<AptRepoFacts> probe_apt_repo(const host::HostView& host, const engine::StageContext& context);
engine::StagePlan plan_apt_repo(const AptRepoFacts& facts, const engine::StageContext& context);

/// For whoever installs SGX packages: put into the request it lets a file that the publisher replaced, or that moved between his packages, be
/// cured or explained. Nothing on a system that the profile does not know.
Result<std::optional<host::PackageOrigin>> sgx_packages_origin(const host::HostView& host, const engine::StageContext& context);

std::unique_ptr<engine::Stage> make_apt_repo_stage();

}  // namespace cosigner::stages
