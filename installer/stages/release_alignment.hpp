// Installed packages of one publisher that are of different releases (an upgrade that was cut short, half of them on hold): the older ones are
// taken to what the source offers, by an ordinary upgrade; nothing is ever downgraded.
#pragma once

#include <string>
#include <vector>

#include "apt/release_mix.hpp"
#include "engine/stage.hpp"

namespace cosigner::stages {

struct AlignmentFacts {
  std::vector<apt::Lagging> lagging;
  std::vector<std::string> upgradable;  // of those, the ones for which the source has something newer; asked only when there are any
  bool interrupted = false;             // a dpkg run was cut off, and has to be finished first
};

/// No child process.
Result<AlignmentFacts> probe_alignment(const host::HostView& host, const profile::PackageSource& source);
/// Fills `upgradable`: one call of apt a lagging package. The lists must be fresh.
Status ask_candidates(const host::HostView& host, AlignmentFacts& facts);
void plan_alignment(const AlignmentFacts& facts, const host::PackageOrigin& origin, const host::AptOptions& options, engine::StagePlan& plan);

}  // namespace cosigner::stages
