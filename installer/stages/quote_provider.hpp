// Who gives the certificates for quotes, and the file that tells it: a part of the stage `sgx-packages`.
//
// Blocks with `sgx.region_unknown`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/stage.hpp"
#include "sgx/qcnl.hpp"

namespace cosigner::stages {

struct QuoteProviderFacts {
  std::string qcnl;  // the file's text
  std::optional<sgx::WantedProvider> wanted;
  std::optional<Error> error;  // no provider can be named
};

Result<QuoteProviderFacts> probe_quote_provider(const host::HostView& host, const engine::StageContext& context);

/// Findings, and what blocks. Pure.
void judge_quote_provider(const QuoteProviderFacts& facts, const engine::StageContext& context, engine::StagePlan& plan);

/// What the daemon reads only when it starts. Pure.
std::vector<engine::Step> plan_quote_provider(const QuoteProviderFacts& facts, const engine::StageContext& context);

}  // namespace cosigner::stages
