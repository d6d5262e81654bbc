#include "installer/stages/sgx_packages.hpp"

#include "installer/stages/aesm_talk.hpp"
#include "installer/stages/apt_repo.hpp"
#include "installer/stages/download_request.hpp"

namespace cosigner::stages {
namespace {

using engine::Disruption;
using engine::Step;

constexpr std::chrono::seconds daemon_patience{120};  // seconds natively, a minute under emulation

Status probe_packages(const host::HostView& host, const profile::Settings& settings, SgxPackagesFacts& facts) {
  facts.interrupted = TRY(host.packages().interrupted());
  if (is_container_wanted(settings)) return {};  // nothing of them is needed on the host
  const auto installed = TRY(host.packages().installed());
  std::vector<std::string> wanted = settings.profile.packages.sgx;
  const auto& of_epid = settings.profile.packages.sgx_epid;
  if (settings.answers.legacy_epid) wanted.insert(wanted.end(), of_epid.begin(), of_epid.end());
  for (const auto& name : wanted) {
    const auto found = installed.find(name);
    if (found == installed.end() || found->second.status == "config-files" || found->second.status == "not-installed") facts.missing.push_back(name);
  }
  return {};
}

void plan_packages(const SgxPackagesFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  plan_before_packages(facts.access, plan);
  if (facts.missing.empty()) return;
  host::InstallRequest request;
  request.names = facts.missing;
  request.options = apt_network_options(context.settings);
  request.origin = facts.origin;
  const char* why = context.settings.answers.legacy_epid ? "The minimal set for DCAP, and EPID's by answer, named in full." : "The minimal set for DCAP, named in full.";
  plan.steps.push_back({"packages", engine::InstallPackages{request}, why, "Remove the packages that were not here before.", Disruption::none, false, "created"});
  plan.continues = true;
}

void append(std::vector<Step>& steps, const std::vector<Step>& more) { steps.insert(steps.end(), more.begin(), more.end()); }

/// What the daemon reads only when it starts.
std::vector<Step> settings_of_daemon(const SgxPackagesFacts& facts, const engine::StageContext& context) {
  const bool is_packages = !is_container_wanted(context.settings);
  std::vector<Step> steps;
  append(steps, is_packages ? plan_daemon_access(facts.access) : plan_node_access(facts.access.nodes));
  append(steps, plan_epid_blobs(facts.epid, context));
  append(steps, plan_aesm_settings(facts.settings, context));
  append(steps, plan_quote_provider(facts.provider, context));
  if (is_packages) append(steps, plan_aesm_drop_in(facts.settings));
  return steps;
}

void plan_daemon(const SgxPackagesFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  const std::vector<Step> settings = settings_of_daemon(facts, context);
  append(plan.steps, plan_aesm_memory(facts.settings, true));
  if (is_container_wanted(context.settings)) plan_aesm_container(facts.container, settings, context, plan);
  else plan_aesm_daemon(facts.daemon, settings, context, plan);
  if (must_wait(plan)) return;
  append(plan.steps, plan_aesm_memory(facts.settings, false));
}

class SgxPackagesStage : public engine::Stage {
 public:
  std::string id() const override { return "sgx-packages"; }
  std::string title() const override { return "SGX software"; }

  Result<engine::StagePlan> look(const host::HostView& host, const engine::StageContext& context) const override {
    return plan_sgx_packages(TRY(probe_sgx_packages(host, context)), context);
  }

  Result<engine::Remembered> apply(const engine::Custom& step, host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress) const override {
    if (auto done = apply_driver(step, host, context, progress)) {
      TRY(*done);
      return engine::Remembered{};
    }
    if (auto done = apply_device_access(step, host, context)) return std::move(*done);
    if (step.name == register_step || step.name == platform_id_step) return apply_registration(step, host);
    if (step.name == proof_step) return prove_provider(step, host, context, progress);
    if (step.name == "image pin" || step.name == "container") return apply_aesm_container(step, host, context);
    if (step.name != "wait-aesm") return Stage::apply(step, host, context, progress);
    auto answered = wait_for_daemon(host, context.settings.profile.aesm_socket, daemon_patience, progress);
    if (answered.ok()) return engine::Remembered{};
    Error error = std::move(answered).error();
    if (error.code == "sgx.aesm_silent" && is_container_wanted(context.settings))
      error.remedy = "Look at `docker logs " + context.settings.profile.aesm_container.name + "`, and run `cosigner setup` again when the daemon is up.";
    return error;
  }
};

}  // namespace

Result<SgxPackagesFacts> probe_sgx_packages(const host::HostView& host, const engine::StageContext& context) {
  SgxPackagesFacts facts;
  facts.driver = TRY(probe_driver(host, context));
  TRY(probe_packages(host, context.settings, facts));
  facts.origin = TRY(sgx_packages_origin(host, context));
  facts.access = TRY(probe_device_access(host, context));
  facts.provider = TRY(probe_quote_provider(host, context));
  facts.settings = TRY(probe_aesm_settings(host, context));
  facts.registration = TRY(probe_registration(host, context));
  facts.epid = TRY(probe_epid(host, context, facts.settings));
  facts.container = TRY(probe_aesm_container(host, context));
  if (is_container_wanted(context.settings)) facts.daemon = facts.container.daemon;
  else if (facts.missing.empty() && !facts.interrupted) facts.daemon = TRY(probe_aesm_daemon(host, context));
  facts.settings.needs_reload = facts.daemon.unit.needs_reload;
  return facts;
}

engine::StagePlan plan_sgx_packages(const SgxPackagesFacts& facts, const engine::StageContext& context) {
  engine::StagePlan plan;
  judge_driver(facts.driver, context, plan);
  if (facts.interrupted) {
    // First of all: what is half installed (a kernel without its initramfs) must not be counted on, and apt installs nothing else before.
    plan.steps.push_back({"finish", engine::FinishPackages{}, "An earlier package run was cut off.", "Nothing to undo.", Disruption::none, false, ""});
    plan.continues = true;
    return plan;
  }
  plan_driver(facts.driver, context, plan);
  if (must_wait(plan)) return plan;
  judge_aesm_settings(facts.settings, context, plan);
  judge_aesm_container(facts.container, context, plan);
  judge_epid(facts.epid, context, plan);
  judge_quote_provider(facts.provider, context, plan);
  judge_provider_proof(facts.provider, context, plan);
  judge_registration(facts.registration, plan);
  if (plan.blocked) return plan;
  plan_epid_start(facts.epid, context, plan);
  if (must_wait(plan)) return plan;
  if (!is_container_wanted(context.settings)) plan_no_container(facts.container, plan);
  plan_packages(facts, context, plan);
  if (must_wait(plan)) return plan;
  plan_registration_packages(facts.registration, facts.origin, context, plan);
  if (must_wait(plan)) return plan;
  plan_after_packages(facts.access, plan);
  plan_daemon(facts, context, plan);
  if (must_wait(plan)) return plan;
  plan_registration(facts.registration, context, plan);
  plan_provider_proof(facts.provider, context, plan);
  plan_epid_end(facts.epid, context, plan);
  if (plan.blocked || !plan.steps.empty() || !facts.daemon.key_count) return plan;
  plan.findings.push_back({"sgx.aesm", "The service daemon answers", report::Outcome::pass, std::to_string(*facts.daemon.key_count) + " attestation key ids, ECDSA P-256 among them", "", "", ""});
  return plan;
}

std::unique_ptr<engine::Stage> make_sgx_packages_stage() { return std::make_unique<SgxPackagesStage>(); }

}  // namespace cosigner::stages
