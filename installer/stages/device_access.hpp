// Who may use the device nodes: the part of the stage `sgx-packages` that is about groups, rules, users and the mount of /dev.
#pragma once

#include <string>
#include <vector>

#include "engine/stage.hpp"

namespace cosigner::stages {

struct DeviceAccessFacts {
  std::vector<std::string> missing_groups;
  bool has_daemon_user = false;
  bool may_provision = false;  // the daemon's user is a member of sgx_prv
};

Result<DeviceAccessFacts> probe_device_access(const host::HostView& host, const engine::StageContext& context);

/// What has to hold before the packages come: their scripts give the nodes to the groups only when both are there at that moment. Pure.
void plan_before_packages(const DeviceAccessFacts& facts, engine::StagePlan& plan);

/// What the daemon sees only when it starts anew. Pure.
std::vector<engine::Step> plan_daemon_access(const DeviceAccessFacts& facts);

}  // namespace cosigner::stages
