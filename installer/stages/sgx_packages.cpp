#include "installer/stages/sgx_packages.hpp"

#include "base/text.hpp"
#include "installer/stages/aesm_talk.hpp"
#include "installer/stages/download_request.hpp"

namespace cosigner::stages {
namespace {

using engine::Disruption;
using engine::Step;
using host::UnitVerb;
using report::Outcome;

constexpr std::chrono::seconds daemon_patience{120};  // seconds natively, a minute under emulation

Step unit_step(UnitVerb verb, const std::string& id, const std::string& unit, const std::string& why, const std::string& undo, Disruption disruption) {
  return {id, engine::UnitAction{verb, unit}, why, undo, disruption, true, verb == UnitVerb::enable ? "created" : ""};
}

Step group_step(const std::string& group) {
  return {"group-" + group, engine::AddGroup{group}, "The device node of SGX belongs to this group.", "Remove the group.", Disruption::none, true, "created"};
}

void find_devices(const SgxPackagesFacts& facts, engine::StagePlan& plan) {
  using host::OpenResult;
  for (const auto* node : {&facts.enclave_node, &facts.provision_node}) {
    const bool is_enclave = node == &facts.enclave_node;
    const bool is_good = node->opened == OpenResult::opened && node->name.driver != sgx::Driver::legacy;
    const Outcome outcome = is_good ? Outcome::pass : node->opened == OpenResult::permission_denied ? Outcome::unknown : Outcome::fail;
    plan.findings.push_back({is_enclave ? "sgx.enclave_node" : "sgx.provision_node", is_enclave ? "Enclaves can be made" : "The platform can be certified", outcome,
                             sgx::describe(*node), is_good ? "" : "Enable SGX in the firmware, use Linux 5.11 or newer, and look for `sgx:` in the kernel's log.", "",
                             outcome == Outcome::unknown ? "this user may not open the node" : ""});
  }
  if (plan.findings.front().outcome != Outcome::fail) return;
  plan.blocked = make_error("sgx.device_missing", sgx::describe(facts.enclave_node), plan.findings.front().remedy);
}

void find_conf_trouble(const SgxPackagesFacts& facts, engine::StagePlan& plan) {
  for (const auto& bad : facts.aesmd_conf.bad_lines) {
    const std::string where = "/etc/aesmd.conf line " + std::to_string(bad.line);
    plan.findings.push_back({"sgx.aesmd_conf", "The daemon's configuration is read", Outcome::warn, where + ": " + bad.why + "; the daemon then ignores the whole file",
                             "Correct or remove " + where + " and restart aesmd.", "", ""});
  }
}

void plan_packages(const SgxPackagesFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  if (facts.interrupted) {
    plan.steps.push_back({"finish", engine::FinishPackages{}, "An earlier package run was cut off.", "Nothing to undo.", Disruption::none, false, ""});
    plan.continues = true;
    return;
  }
  // Before the packages: their scripts give the nodes to these groups only when both are there at that moment.
  for (const auto& group : facts.missing_groups) plan.steps.push_back(group_step(group));
  if (facts.missing.empty()) return;
  host::InstallRequest request;
  request.names = facts.missing;
  request.options = apt_network_options(context.settings);
  request.origin = facts.origin;
  plan.steps.push_back({"packages", engine::InstallPackages{request}, "The minimal set for DCAP, named in full.", "Remove the packages that were not here before.", Disruption::none, false, "created"});
  plan.continues = true;
}

/// What the daemon reads when it starts. Stop, change, start: wherever this is cut off, the next probe sees a stopped daemon and starts it;
/// a restart after the change could be forgotten.
std::vector<Step> plan_settings(const SgxPackagesFacts& facts) {
  std::vector<Step> steps;
  if (facts.has_daemon_user && !facts.may_provision) {
    steps.push_back({"provision-member", engine::AddMember{daemon_user, provision_group}, "The daemon must open the provisioning node.", "Remove the member.", Disruption::none, true, "created"});
  }
  if (facts.wanted && !sgx::is_configured(facts.qcnl, *facts.wanted)) {
    engine::WriteFile file{qcnl_path, sgx::write_qcnl(facts.qcnl, *facts.wanted), {{0644}, {}}, "file", true, false};
    steps.push_back({"quote-provider", file, "Certificates of this platform come from " + facts.wanted->pccs_url + ".", "Put the previous file back.", Disruption::none, true, "created"});
  }
  return steps;
}

void plan_daemon(const SgxPackagesFacts& facts, const profile::Profile& profile, engine::StagePlan& plan) {
  const std::string& unit = profile.aesm_unit;
  if (facts.unit.is_masked()) plan.steps.push_back(unit_step(UnitVerb::unmask, "daemon-unmask", unit, "The daemon is masked and cannot start.", "Mask it again.", Disruption::none));
  const std::vector<Step> settings = plan_settings(facts);
  const bool is_good = facts.unit.is_active() && facts.offers_ecdsa;
  const bool must_stop = facts.unit.is_active() && (!settings.empty() || !is_good);
  if (must_stop) {
    const std::string why = settings.empty() ? "The daemon runs but does not answer well; it looks at devices and plug-ins only when it starts." : "The daemon reads its settings only when it starts.";
    plan.steps.push_back(unit_step(UnitVerb::stop, "daemon-stop", unit, why, "Nothing to undo.", Disruption::aesm));
  }
  plan.steps.insert(plan.steps.end(), settings.begin(), settings.end());
  if (!facts.unit.is_enabled()) plan.steps.push_back(unit_step(UnitVerb::enable, "daemon-enable", unit, "The daemon must be there after a reboot.", "Disable it.", Disruption::none));
  if (facts.unit.is_active() && !must_stop) return;
  plan.steps.push_back(unit_step(UnitVerb::start, "daemon-start", unit, "Quotes are made through this daemon.", "Stop it.", Disruption::none));
  plan.steps.push_back({"daemon-answer", engine::Custom{"wait-aesm", {{"socket", profile.aesm_socket}}}, "The daemon must offer an ECDSA key.", "Nothing to undo.", Disruption::none, true, ""});
}

class SgxPackagesStage : public engine::Stage {
 public:
  std::string id() const override { return "sgx-packages"; }
  std::string title() const override { return "SGX software"; }

  Result<engine::StagePlan> look(const host::HostView& host, const engine::StageContext& context) const override {
    return plan_sgx_packages(TRY(probe_sgx_packages(host, context)), context);
  }

  Result<engine::Remembered> apply(const engine::Custom& step, host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress) const override {
    if (step.name != "wait-aesm") return Stage::apply(step, host, context, progress);
    TRY(wait_for_daemon(host, context.settings.profile.aesm_socket, daemon_patience, progress));
    return engine::Remembered{};
  }
};

}  // namespace

engine::StagePlan plan_sgx_packages(const SgxPackagesFacts& facts, const engine::StageContext& context) {
  engine::StagePlan plan;
  find_devices(facts, plan);
  find_conf_trouble(facts, plan);
  if (!plan.blocked) plan.blocked = facts.provider_error;
  if (plan.blocked) return plan;
  plan_packages(facts, context, plan);
  if (plan.continues) return plan;
  plan_daemon(facts, context.settings.profile, plan);
  if (!plan.steps.empty() || !facts.key_count) return plan;
  plan.findings.push_back({"sgx.aesm", "The service daemon answers", Outcome::pass, std::to_string(*facts.key_count) + " attestation key ids, ECDSA P-256 among them", "", "", ""});
  return plan;
}

std::unique_ptr<engine::Stage> make_sgx_packages_stage() { return std::make_unique<SgxPackagesStage>(); }

}  // namespace cosigner::stages
