#include "installer/stages/device_access.hpp"

#include <algorithm>

#include "base/untrusted.hpp"
#include "installer/checks/catalog.hpp"
#include "installer/stages/aesm_talk.hpp"

namespace cosigner::stages {
namespace {

using engine::Disruption;
using engine::Step;

bool is_member(const std::optional<host::User>& user, const std::optional<host::Group>& group) {
  if (!user || !group) return false;
  const auto& members = group->members;
  return user->gid == group->gid || std::find(members.begin(), members.end(), user->name) != members.end();
}

Status probe_named_user(const host::HostView& host, const std::string& name, DeviceAccessFacts& facts) {
  facts.named_user = name;
  if (name.empty()) return {};
  const auto user = TRY(host.accounts().user(name));
  facts.is_named_user_known = user.has_value();
  facts.is_named_user_member = is_member(user, TRY(host.accounts().group(enclave_group)));
  return {};
}

Error user_unknown(const std::string& name) {
  return make_error("answers.user_unknown", "sgx.user names " + shown(Untrusted(name), 64) + ", and there is no such user here", checks::remedy("user_create"));
}

void plan_named_user(const DeviceAccessFacts& facts, engine::StagePlan& plan) {
  if (facts.named_user.empty()) return;
  if (!facts.is_named_user_known) {
    plan.blocked = user_unknown(facts.named_user);
    return;
  }
  const std::string name = shown(Untrusted(facts.named_user), 64);
  report::Finding finding{"sgx.user", "The named user may use enclaves", report::Outcome::pass, name + " is in the group " + enclave_group, "", "", ""};
  if (!facts.is_named_user_member) {
    finding.outcome = report::Outcome::skip;
    finding.evidence = name + " is not in the group " + std::string(enclave_group);
    finding.because = "it is added; what runs as " + name + " now must be started anew to see it";
    plan.steps.push_back({"user-member", engine::AddMember{facts.named_user, enclave_group}, "This user runs enclaves, as the answers say; what runs as that user now must be started anew to see it.", "Remove the member.",
                          Disruption::none, true, "created"});
  }
  plan.findings.push_back(std::move(finding));
}

}  // namespace

Result<std::optional<Error>> find_unknown_user(const host::HostView& host, const profile::Answers& answers) {
  if (answers.sgx_user.empty() || TRY(host.accounts().user(answers.sgx_user))) return std::optional<Error>();
  return std::optional<Error>(user_unknown(answers.sgx_user));
}

Result<DeviceAccessFacts> probe_device_access(const host::HostView& host, const engine::StageContext& context) {
  DeviceAccessFacts facts;
  const auto daemon = TRY(host.accounts().user(daemon_user));
  facts.has_daemon_user = daemon.has_value();
  for (const char* name : {enclave_group, provision_group}) {
    if (!TRY(host.accounts().group(name))) facts.missing_groups.emplace_back(name);
  }
  facts.may_provision = is_member(daemon, TRY(host.accounts().group(provision_group)));
  TRY(probe_named_user(host, context.settings.answers.sgx_user, facts));
  facts.nodes = TRY(probe_node_access(host, context));
  facts.mount = TRY(probe_dev_mount(host, context));
  return facts;
}

void plan_before_packages(const DeviceAccessFacts& facts, engine::StagePlan& plan) {
  for (const auto& group : facts.missing_groups) {
    plan.steps.push_back(
        {"group-" + group, engine::AddGroup{group}, "The device node of SGX belongs to this group.", "Remove the group.", Disruption::none, true, "created"});
  }
  plan_named_user(facts, plan);
  plan_dev_mount(facts.mount, plan);
}

std::vector<Step> plan_daemon_access(const DeviceAccessFacts& facts) {
  std::vector<Step> steps = plan_node_access(facts.nodes);
  if (facts.has_daemon_user && !facts.may_provision)
    steps.push_back({"provision-member", engine::AddMember{daemon_user, provision_group}, "The daemon must open the provisioning node.", "Remove the member.", Disruption::none, true, "created"});
  return steps;
}

void plan_after_packages(const DeviceAccessFacts& facts, engine::StagePlan& plan) {
  judge_node_access(facts.nodes, plan);
  plan_dev_mount_kept(facts.mount, plan);
}

std::optional<Result<engine::Remembered>> apply_device_access(const engine::Custom& step, host::Host& host, const engine::StageContext& context) {
  if (step.name == "allow executing") return allow_executing(step, host);
  if (step.name != "device rules") return std::nullopt;
  auto applied = apply_device_rules(host, context);
  if (!applied.ok()) return Result<engine::Remembered>(std::move(applied).error());
  return Result<engine::Remembered>(engine::Remembered{});
}

}  // namespace cosigner::stages
