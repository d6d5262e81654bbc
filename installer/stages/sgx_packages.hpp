// Stage sgx-packages: the DCAP packages, the groups of the device nodes, the quote provider, and the service daemon (AESM) answering.
//
// Blocks with `sgx.device_missing`, `sgx.region_unknown`; the custom step "wait-aesm" fails with `sgx.aesm_silent` or `sgx.aesm_error`.
#pragma once

#include <memory>
#include <optional>

#include "engine/stage.hpp"
#include "sgx/aesmd_conf.hpp"
#include "sgx/device_nodes.hpp"
#include "sgx/qcnl.hpp"

namespace cosigner::stages {

struct SgxPackagesFacts {
  bool interrupted = false;
  std::vector<std::string> missing;  // packages
  std::optional<host::PackageOrigin> origin;  // of those
  std::vector<std::string> missing_groups;
  bool has_daemon_user = false;
  bool may_provision = false;  // the daemon's user is a member of sgx_prv
  host::UnitState unit;
  sgx::NodeState enclave_node;
  sgx::NodeState provision_node;
  std::string qcnl;                     // the file's text
  std::optional<sgx::WantedProvider> wanted;
  std::optional<Error> provider_error;  // no provider can be named
  sgx::AesmdConf aesmd_conf;
  std::optional<std::uint32_t> key_count;  // of the answering daemon
  bool offers_ecdsa = false;
  std::optional<Error> aesm_error;      // asked, and no good answer
};

Result<SgxPackagesFacts> probe_sgx_packages(const host::HostView& host, const engine::StageContext& context);
engine::StagePlan plan_sgx_packages(const SgxPackagesFacts& facts, const engine::StageContext& context);

std::unique_ptr<engine::Stage> make_sgx_packages_stage();

}  // namespace cosigner::stages
