// The service daemon (AESM) as a unit of its package: a part of the stage `sgx-packages`.
#pragma once

#include <optional>
#include <vector>

#include "engine/stage.hpp"

namespace cosigner::stages {

struct AesmDaemonFacts {
  host::UnitState unit;
  std::optional<std::uint32_t> key_count;  // of the answering daemon
  bool offers_ecdsa = false;
  std::optional<Error> error;              // asked, and no good answer
};

/// Asks the daemon on the socket and notes what it says.
void look_for_answer(const host::HostView& host, const std::string& socket, AesmDaemonFacts& facts);

Result<AesmDaemonFacts> probe_aesm_daemon(const host::HostView& host, const engine::StageContext& context);

/// `settings`: steps between a stop and a start of the daemon. Pure.
void plan_aesm_daemon(const AesmDaemonFacts& facts, const std::vector<engine::Step>& settings, const engine::StageContext& context, engine::StagePlan& plan);

}  // namespace cosigner::stages
