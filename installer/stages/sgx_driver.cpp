#include "installer/stages/sgx_driver.hpp"

namespace cosigner::stages {
namespace {

using report::Outcome;

}  // namespace

Result<DriverFacts> probe_driver(const host::HostView& host, const engine::StageContext&) {
  DriverFacts facts;
  facts.enclave_node = sgx::find_node(host.devices(), sgx::enclave_nodes());
  facts.provision_node = sgx::find_node(host.devices(), sgx::provision_nodes());
  return facts;
}

void plan_driver(const DriverFacts& facts, const engine::StageContext&, engine::StagePlan& plan) {
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

}  // namespace cosigner::stages
