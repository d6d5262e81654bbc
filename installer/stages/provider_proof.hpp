// That the quote provider which was set answers, shown by one request: a part of the stage `sgx-packages`. Remembered as "provider.answered",
// so that later runs ask nothing. `waive: ["qcnl.answer"]` leaves it out.
//
// The custom step "ask-provider" fails with `sgx.provider_unreachable` or `sgx.provider_refused` (both exit 11). Behind a self-signed
// certificate, which nobody but the daemon accepts, the daemon's codes say which of both it is; what is not about the provider are the daemon's
// own errors (aesm_talk.hpp).
#pragma once

#include "engine/stage.hpp"
#include "installer/stages/quote_provider.hpp"

namespace cosigner::stages {

inline constexpr const char* proof_step = "ask-provider";

/// Findings: what proves nothing, and what is waived. Pure.
void judge_provider_proof(const QuoteProviderFacts& facts, const engine::StageContext& context, engine::StagePlan& plan);

/// Adds the step where the wanted provider was not proved yet, or its file is to change. Pure.
void plan_provider_proof(const QuoteProviderFacts& facts, const engine::StageContext& context, engine::StagePlan& plan);

Result<engine::Remembered> prove_provider(const engine::Custom& step, host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress);

/// What an answer that is no enclave identity means, with cause and remedy (facts, section 8). `address`: of the provider.
Error refused_by_provider(const std::string& address, int status);

}  // namespace cosigner::stages
