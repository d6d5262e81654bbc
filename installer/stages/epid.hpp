// What is left of EPID, whose attestation service ended on 2025-04-02 and whose packages are gone since release 2.28 (facts, section 5):
// recognised and replaced by DCAP, or by the operator's wish kept for a host that is pinned to an old release. A part of the stage
// `sgx-packages`.
//
// The way: units of the operator's that use enclaves are remembered and stopped, the daemon too, then the packages go, then everything is
// as on any other host (settings, quote provider, an answer with ECDSA, the provider's), and at the end the remembered units are started and forgotten.
// The memory is in the journal before the first unit is stopped, so that they are started wherever a run was cut off.
//
// Blocks with `answers.stop_units_undecided`, `answers.stop_unit_unknown`, `sgx.epid_gone`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/stage.hpp"
#include "installer/stages/aesm_settings.hpp"

namespace cosigner::stages {

/// Ledger name of the operator's units that were stopped, separated by blanks.
inline constexpr const char* stopped_units_name = "epid.stopped_units";

struct EpidFacts {
  std::vector<std::string> removable;         // installed packages of EPID that nothing needs which stays
  std::map<std::string, std::string> needed;  // others that are installed → the package that needs them
  std::vector<std::string> unoffered;         // wanted by answer, not installed, and no source has them
  std::vector<Path> blobs;                    // that the daemon cached
  bool in_settings = false;                   // aesmd.conf names what has ended
  std::vector<std::string> remembered;        // units
  std::map<std::string, host::UnitState> units;  // of the answers and the remembered
  host::UnitState daemon;
};

Result<EpidFacts> probe_epid(const host::HostView& host, const engine::StageContext& context, const AesmSettingsFacts& settings);

/// Findings, and what blocks. Pure.
void judge_epid(const EpidFacts& facts, const engine::StageContext& context, engine::StagePlan& plan);

/// Before the packages of DCAP, which a new release gives only when those of EPID are gone; the plan `continues` when any goes. Pure.
void plan_epid_start(const EpidFacts& facts, const engine::StageContext& context, engine::StagePlan& plan);

/// The cached blobs, while the daemon is down. Pure.
std::vector<engine::Step> plan_epid_blobs(const EpidFacts& facts, const engine::StageContext& context);

/// After the daemon and the quote provider have answered. Pure.
void plan_epid_end(const EpidFacts& facts, const engine::StageContext& context, engine::StagePlan& plan);

/// Of `candidates`, which are installed, those without which a package of dpkg's status file that stays would lack a dependency, with the
/// name of that package. Pure; fails with `apt.file_malformed`.
Result<std::map<std::string, std::string>> needed_by_others(std::string_view dpkg_status, const std::vector<std::string>& candidates);

}  // namespace cosigner::stages
