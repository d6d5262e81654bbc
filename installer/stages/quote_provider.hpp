// Who gives the certificates for quotes, and the file that tells it: a part of the stage `sgx-packages`.
//
// Blocks with `sgx.region_unknown` and `sgx.qcnl_odd` (the file is no regular one). The proof is in provider_proof.hpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/stage.hpp"
#include "installer/stages/daemon_file.hpp"
#include "installer/stages/machine_kind.hpp"
#include "sgx/qcnl.hpp"

namespace cosigner::stages {

struct QuoteProviderFacts {
  std::string qcnl;  // the file's text
  DaemonFile file;
  std::optional<sgx::WantedProvider> wanted;
  std::optional<Error> error;          // no provider can be named
  std::vector<Path> caches;            // certificates of before, looked for only where the file is to change
  MachineKind machine;
};

Result<QuoteProviderFacts> probe_quote_provider(const host::HostView& host, const engine::StageContext& context);

/// Findings, and what blocks. Pure.
void judge_quote_provider(const QuoteProviderFacts& facts, const engine::StageContext& context, engine::StagePlan& plan);

/// What the daemon reads only when it starts. The file comes last: until it is right everything before it is done again. Pure.
std::vector<engine::Step> plan_quote_provider(const QuoteProviderFacts& facts, const engine::StageContext& context);

}  // namespace cosigner::stages
