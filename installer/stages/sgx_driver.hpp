// The driver's part of the stage `sgx-packages`: a kernel with SGX, or by answer a driver from outside; nothing of the legacy ones.
//
// Blocks with `sgx.device_missing`.
#pragma once

#include "engine/stage.hpp"
#include "sgx/device_nodes.hpp"

namespace cosigner::stages {

struct DriverFacts {
  sgx::NodeState enclave_node;
  sgx::NodeState provision_node;
};

Result<DriverFacts> probe_driver(const host::HostView& host, const engine::StageContext& context);

/// Adds findings and steps. When anything is left to do, wait for or stop at, the rest of the stage has to wait. Pure.
void plan_driver(const DriverFacts& facts, const engine::StageContext& context, engine::StagePlan& plan);

}  // namespace cosigner::stages
