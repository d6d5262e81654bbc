#include "installer/stages/sgx_packages.hpp"

#include "installer/stages/aesm_talk.hpp"
#include "installer/stages/download_request.hpp"

namespace cosigner::stages {
namespace {

using engine::Disruption;
using engine::Step;

constexpr std::chrono::seconds daemon_patience{120};  // seconds natively, a minute under emulation

/// A part left something to do first: the next look decides about the rest.
bool must_wait(const engine::StagePlan& plan) { return plan.blocked || plan.waiting || plan.continues; }

Status probe_packages(const host::HostView& host, const profile::Settings& settings, SgxPackagesFacts& facts) {
  facts.interrupted = TRY(host.packages().interrupted());
  const auto installed = TRY(host.packages().installed());
  for (const auto& name : settings.profile.packages.sgx) {
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
  plan.steps.push_back({"packages", engine::InstallPackages{request}, "The minimal set for DCAP, named in full.", "Remove the packages that were not here before.", Disruption::none, false, "created"});
  plan.continues = true;
}

std::vector<Step> settings_of_daemon(const SgxPackagesFacts& facts, const engine::StageContext& context) {
  std::vector<Step> steps = plan_daemon_access(facts.access);
  for (const auto& more : {plan_aesm_settings(facts.settings, context), plan_quote_provider(facts.provider, context)}) steps.insert(steps.end(), more.begin(), more.end());
  return steps;
}

class SgxPackagesStage : public engine::Stage {
 public:
  std::string id() const override { return "sgx-packages"; }
  std::string title() const override { return "SGX software"; }

  Result<engine::StagePlan> look(const host::HostView& host, const engine::StageContext& context) const override {
    return plan_sgx_packages(TRY(probe_sgx_packages(host, context)), context);
  }

  Result<engine::Remembered> apply(const engine::Custom& step, host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress) const override {
    if (step.name == register_step || step.name == platform_id_step) return apply_registration(step, host);
    if (step.name == proof_step) return prove_provider(step, host, context, progress);
    if (step.name != "wait-aesm") return Stage::apply(step, host, context, progress);
    TRY(wait_for_daemon(host, context.settings.profile.aesm_socket, daemon_patience, progress));
    return engine::Remembered{};
  }
};

}  // namespace

Result<SgxPackagesFacts> probe_sgx_packages(const host::HostView& host, const engine::StageContext& context) {
  SgxPackagesFacts facts;
  facts.driver = TRY(probe_driver(host, context));
  TRY(probe_packages(host, context.settings, facts));
  facts.access = TRY(probe_device_access(host, context));
  facts.provider = TRY(probe_quote_provider(host, context));
  facts.settings = TRY(probe_aesm_settings(host, context));
  facts.registration = TRY(probe_registration(host, context));
  if (facts.missing.empty() && !facts.interrupted) facts.daemon = TRY(probe_aesm_daemon(host, context));
  return facts;
}

engine::StagePlan plan_sgx_packages(const SgxPackagesFacts& facts, const engine::StageContext& context) {
  engine::StagePlan plan;
  plan_driver(facts.driver, context, plan);
  if (must_wait(plan)) return plan;
  judge_aesm_settings(facts.settings, plan);
  judge_quote_provider(facts.provider, context, plan);
  judge_provider_proof(facts.provider, context, plan);
  judge_registration(facts.registration, plan);
  if (plan.blocked) return plan;
  if (facts.interrupted) {
    plan.steps.push_back({"finish", engine::FinishPackages{}, "An earlier package run was cut off.", "Nothing to undo.", Disruption::none, false, ""});
    plan.continues = true;
    return plan;
  }
  plan_packages(facts, context, plan);
  if (must_wait(plan)) return plan;
  plan_aesm_daemon(facts.daemon, settings_of_daemon(facts, context), context, plan);
  plan_provider_proof(facts.provider, context, plan);
  plan_registration(facts.registration, context, plan);
  if (!plan.steps.empty() || !facts.daemon.key_count) return plan;
  plan.findings.push_back({"sgx.aesm", "The service daemon answers", report::Outcome::pass, std::to_string(*facts.daemon.key_count) + " attestation key ids, ECDSA P-256 among them", "", "", ""});
  return plan;
}

std::unique_ptr<engine::Stage> make_sgx_packages_stage() { return std::make_unique<SgxPackagesStage>(); }

}  // namespace cosigner::stages
