// Who may use the device nodes: the part of the stage `sgx-packages` that is about groups, rules, users and the mount of /dev.
//
// Blocks with `answers.user_unknown` when sgx.user names nobody.
#pragma once

#include <string>
#include <vector>

#include "engine/stage.hpp"
#include "installer/stages/dev_mount.hpp"
#include "installer/stages/node_access.hpp"

namespace cosigner::stages {

struct DeviceAccessFacts {
  std::vector<std::string> missing_groups;
  bool has_daemon_user = false;
  bool may_provision = false;  // the daemon's user is a member of sgx_prv
  std::string named_user;      // of the answers; empty: none
  bool is_named_user_known = false;
  bool is_named_user_member = false;  // of sgx
  NodeAccessFacts nodes;
  DevMountFacts mount;
};

Result<DeviceAccessFacts> probe_device_access(const host::HostView& host, const engine::StageContext& context);

/// The refusal above, when the answers deserve it: whoever changes something first asks before that.
Result<std::optional<Error>> find_unknown_user(const host::HostView& host, const profile::Answers& answers);

/// What has to hold before the packages come: their scripts give the nodes to the groups only when both are there at that moment. Pure.
void plan_before_packages(const DeviceAccessFacts& facts, engine::StagePlan& plan);

/// What the daemon sees only when it starts anew. Pure.
std::vector<engine::Step> plan_daemon_access(const DeviceAccessFacts& facts);

/// What is to hold at the next boot, by what the packages brought. Pure.
void plan_after_packages(const DeviceAccessFacts& facts, engine::StagePlan& plan);

/// Carries out the custom steps of the three; nothing when the step is none of them.
std::optional<Result<engine::Remembered>> apply_device_access(const engine::Custom& step, host::Host& host, const engine::StageContext& context);

}  // namespace cosigner::stages
