// The driver's part of the stage `sgx-packages`: a kernel with SGX, or by answer a driver from outside; nothing of the legacy ones.
//
// A kernel before 5.11 gets the distribution's newer one and a reboot (`reboot.needed`, exit 6; resume.hpp). Blocks with
// `hardware.kernel_too_old` (no newer kernel is known for its kind), `sgx.kernel_not_booted` (a reboot that still shows the old one),
// `sgx.driver_still_loaded`, `sgx.device_missing`, and as out_of_tree.hpp says.
#pragma once

#include "engine/stage.hpp"
#include "installer/stages/kernel_facts.hpp"
#include "installer/stages/out_of_tree.hpp"
#include "installer/stages/outside_drivers.hpp"
#include "installer/stages/resume.hpp"
#include "sgx/device_nodes.hpp"

namespace cosigner::stages {

struct DriverFacts {
  sgx::NodeState enclave_node;
  sgx::NodeState provision_node;
  KernelFacts kernel;
  OutsideDrivers outside;      // what is to go
  OutOfTreeFacts out_of_tree;  // looked at when an old kernel and the answers want it
  ResumeFacts resume;
};

Result<DriverFacts> probe_driver(const host::HostView& host, const engine::StageContext& context);

/// What was seen. Pure.
void judge_driver(const DriverFacts& facts, const engine::StageContext& context, engine::StagePlan& plan);

/// Adds steps. When anything is left to do, wait for or stop at, the rest of the stage has to wait. Pure.
void plan_driver(const DriverFacts& facts, const engine::StageContext& context, engine::StagePlan& plan);

/// A part left something to do first: the next look decides about the rest.
bool must_wait(const engine::StagePlan& plan);

/// Carries out the custom steps of plan_driver; nothing when the step is none of them.
std::optional<Status> apply_driver(const engine::Custom& step, host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress);

}  // namespace cosigner::stages
