#include "installer/stages/sgx_driver.hpp"

#include "base/text.hpp"
#include "base/untrusted.hpp"
#include "installer/checks/catalog.hpp"
#include "installer/stages/download_request.hpp"

namespace cosigner::stages {
namespace {

using engine::Disruption;
using host::OpenResult;
using report::Outcome;

/// An old kernel will be replaced, or a driver in it is to go: the machine has to be started anew.
bool is_reboot_coming(const DriverFacts& facts, const profile::Settings& settings) {
  return (is_too_old(facts.kernel) && !wants_out_of_tree(settings)) || !facts.outside.loaded.empty();
}

std::string shown_release(const KernelFacts& facts) { return "Linux " + shown(Untrusted(facts.release), 64); }

report::Finding finding_of(const sgx::NodeState& node, bool is_enclave, bool is_kernel_old) {
  const bool is_good = node.opened == OpenResult::opened && node.name.driver != sgx::Driver::legacy;
  report::Finding finding{is_enclave ? "sgx.enclave_node" : "sgx.provision_node", is_enclave ? "Enclaves can be made" : "The platform can be certified", Outcome::pass, sgx::describe(node), "", "", ""};
  if (!is_good) finding.remedy = "Enable SGX in the firmware, use Linux 5.11 or newer, and look for `sgx:` in the kernel's log.";
  if (!is_good && node.opened == OpenResult::permission_denied) {
    finding.outcome = Outcome::unknown;
    finding.because = "this user may not open the node";
  } else if (!is_good && is_kernel_old) {
    finding.outcome = Outcome::skip;
    finding.because = "the kernel has no SGX driver yet";
  } else if (node.opened == OpenResult::noexec_mount) {
    finding.outcome = Outcome::skip;
    finding.because = "the mount is put right";
  } else if (!is_good) {
    finding.outcome = Outcome::fail;
  }
  return finding;
}

void judge_kernel(const KernelFacts& facts, engine::StagePlan& plan) {
  report::Finding finding{"sgx.kernel", "The kernel brings its own SGX driver", Outcome::pass, shown_release(facts) + ": nothing to do", "", "", ""};
  if (!facts.has_driver) {
    finding.outcome = Outcome::unknown;
    finding.evidence = "";
    finding.because = "the kernel's release could not be read";
  } else if (is_too_old(facts)) {
    finding.outcome = Outcome::warn;
    finding.evidence = shown_release(facts) + " is older than 5.11, which brought the driver";
    finding.rows = {"B1"};
  }
  plan.findings.push_back(std::move(finding));
}

void plan_newer_kernel(const DriverFacts& driver, const engine::StageContext& context, engine::StagePlan& plan) {
  const KernelFacts& facts = driver.kernel;
  plan_unasked(driver.resume, plan);
  if (!facts.is_offered || facts.are_lists_old) {
    plan.steps.push_back({"kernel-lists", engine::RefreshLists{{}, apt_network_options(context.settings)}, "The package lists are old, or do not offer a newer kernel.", "Nothing to undo.", Disruption::none, true, ""});
  }
  host::InstallRequest request;
  request.names = {facts.package};
  request.options = apt_network_options(context.settings);
  plan.steps.push_back({"kernel", engine::InstallPackages{request}, "The kernel that runs is older than 5.11 and has no SGX driver; this is the distribution's newer one. A reboot follows.",
                        "Remove the package, and start the old kernel.", Disruption::none, false, "created"});
  plan.continues = true;
}

void plan_kernel(const DriverFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  const KernelFacts& kernel = facts.kernel;
  const std::string running = shown_release(kernel);
  if (kernel.installed.empty() && kernel.package.empty()) {
    plan.blocked = make_error("hardware.kernel_too_old", running + " is older than 5.11, which brought the driver, and the profile knows no newer one of this kind", checks::remedy("kernel_install"));
  } else if (kernel.installed.empty() && kernel.is_newest_here && !kernel.are_lists_old) {
    plan.blocked = make_error("hardware.kernel_too_old", running + " is older than 5.11, which brought the driver, and the newest " + kernel.package + " is here and brings no newer one", checks::remedy("kernel_install"));
  } else if (kernel.installed.empty()) {
    plan_newer_kernel(facts, context, plan);
  } else if (was_rebooted_for(facts.resume, RebootReason::kernel, kernel.installed)) {
    plan.blocked = make_error("sgx.kernel_not_booted", "the machine was rebooted for its newer kernel (" + shown(Untrusted(kernel.installed), 64) + "), and " + running + " runs again", checks::remedy("kernel_boot"));
  } else {
    plan_reboot(facts.resume, RebootReason::kernel, kernel.installed, running + " has no SGX driver, and the newer kernel (" + shown(Untrusted(kernel.installed), 64) + ") is here and does not run yet", context, plan);
  }
}

void plan_unloading(const DriverFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  const std::string modules = joined(facts.outside.loaded, ", ");
  if (was_rebooted_for(facts.resume, RebootReason::driver, modules)) {
    plan.blocked = make_error("sgx.driver_still_loaded", "the driver from outside the kernel was removed and the machine rebooted, and its module (" + modules + ") is loaded again", checks::remedy("driver_still_loaded"));
    return;
  }
  plan_reboot(facts.resume, RebootReason::driver, modules, "the removed driver from outside the kernel (" + modules + ") is still loaded", context, plan);
}

}  // namespace

bool must_wait(const engine::StagePlan& plan) { return plan.blocked || plan.waiting || plan.continues; }

Result<DriverFacts> probe_driver(const host::HostView& host, const engine::StageContext& context) {
  DriverFacts facts;
  facts.enclave_node = sgx::find_node(host.devices(), sgx::enclave_nodes());
  facts.provision_node = sgx::find_node(host.devices(), sgx::provision_nodes());
  facts.kernel = TRY(probe_kernel(host, context));
  const bool is_old = is_too_old(facts.kernel);
  facts.outside = TRY(probe_outside_drivers(host, facts.kernel.release, is_old || !facts.kernel.has_driver ? DcapDriver::stays : DcapDriver::goes));
  if (is_old && wants_out_of_tree(context.settings)) facts.out_of_tree = TRY(probe_out_of_tree(host, context, facts.kernel.release));
  facts.resume = TRY(probe_resume(host, context, is_reboot_coming(facts, context.settings)));
  return facts;
}

void judge_driver(const DriverFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  const bool is_old = is_too_old(facts.kernel);
  plan.findings.push_back(finding_of(facts.enclave_node, true, is_old));
  plan.findings.push_back(finding_of(facts.provision_node, false, is_old));
  judge_kernel(facts.kernel, plan);
  if (is_reboot_coming(facts, context.settings)) tell_what_is_lost(facts.resume, plan);
}

void plan_driver(const DriverFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  const bool is_old = is_too_old(facts.kernel);
  if (wants_out_of_tree(context.settings) && facts.kernel.has_driver == true) {
    plan.blocked = make_error("sgx.driver_not_wanted", shown_release(facts.kernel) + " has its own SGX driver, with which one from outside cannot be built", checks::remedy("driver_not_wanted"));
    return;
  }
  plan_outside_drivers(facts.outside, plan);
  if (must_wait(plan)) return;
  if (is_old && !wants_out_of_tree(context.settings)) {
    plan_kernel(facts, context, plan);
  } else if (!facts.outside.loaded.empty()) {
    plan_unloading(facts, context, plan);  // first: it still holds the hardware
  } else if (is_old) {
    plan_out_of_tree(facts.out_of_tree, context, plan);
  }
  if (must_wait(plan)) return;
  const report::Finding device = finding_of(facts.enclave_node, true, is_old);
  if (device.outcome == Outcome::fail) {
    plan.blocked = make_error("sgx.device_missing", device.evidence, device.remedy);
  }
}

std::optional<Status> apply_driver(const engine::Custom& step, host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress) {
  if (auto done = remove_outside_driver(step, host)) return done;
  return install_out_of_tree(step, host, context, progress);
}

}  // namespace cosigner::stages
