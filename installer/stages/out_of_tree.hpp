// By answer alone: Intel's DCAP driver, built by DKMS on an old kernel that has none. The operator's file is read once, compared with the
// SHA-256 of the answers, and only the copy of those bytes is run; it is removed afterwards.
//
// Blocks with `sgx.driver_not_wanted`, `sgx.secure_boot`, `sgx.driver_absent`, `sgx.driver_mismatch`; its steps fail with the last two and
// with `sgx.driver_ineffective`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/stage.hpp"
#include "installer/stages/outside_drivers.hpp"

namespace cosigner::stages {

struct OutOfTreeFacts {
  bool is_there = false;             // its enclave node
  bool has_copy = false;             // left of a run that was cut off
  std::optional<bool> secure_boot;   // nothing: the firmware's word cannot be read (also because its variables are not mounted)
  std::vector<std::string> missing;  // packages that it is built with, the kernel's headers among them
  std::optional<std::string> sha256;  // of the operator's file; nothing: it is not there
  OutsideDrivers remains;            // of an installer that was cut off, or that built for another kernel
};

bool wants_out_of_tree(const profile::Settings& settings);

/// `release` is of the running kernel.
Result<OutOfTreeFacts> probe_out_of_tree(const host::HostView& host, const engine::StageContext& context, const std::string& release);
/// On a kernel without SGX. Pure.
void plan_out_of_tree(const OutOfTreeFacts& facts, const engine::StageContext& context, engine::StagePlan& plan);

/// Carries out the custom steps of plan_out_of_tree; nothing when the step is none of them.
std::optional<Status> install_out_of_tree(const engine::Custom& step, host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress);

}  // namespace cosigner::stages
