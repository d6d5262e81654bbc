#include "installer/stages/device_access.hpp"

#include <algorithm>

#include "installer/stages/aesm_talk.hpp"

namespace cosigner::stages {

using engine::Disruption;
using engine::Step;

Result<DeviceAccessFacts> probe_device_access(const host::HostView& host, const engine::StageContext&) {
  DeviceAccessFacts facts;
  const auto user = TRY(host.accounts().user(daemon_user));
  facts.has_daemon_user = user.has_value();
  for (const char* name : {enclave_group, provision_group}) {
    const auto group = TRY(host.accounts().group(name));
    if (!group) facts.missing_groups.emplace_back(name);
    if (!group || std::string(name) != provision_group) continue;
    const auto& members = group->members;
    facts.may_provision = std::find(members.begin(), members.end(), daemon_user) != members.end() || (user && user->gid == group->gid);
  }
  return facts;
}

void plan_before_packages(const DeviceAccessFacts& facts, engine::StagePlan& plan) {
  for (const auto& group : facts.missing_groups) {
    plan.steps.push_back(
        {"group-" + group, engine::AddGroup{group}, "The device node of SGX belongs to this group.", "Remove the group.", Disruption::none, true, "created"});
  }
}

std::vector<Step> plan_daemon_access(const DeviceAccessFacts& facts) {
  if (!facts.has_daemon_user || facts.may_provision) return {};
  return {{"provision-member", engine::AddMember{daemon_user, provision_group}, "The daemon must open the provisioning node.", "Remove the member.", Disruption::none, true, "created"}};
}

}  // namespace cosigner::stages
