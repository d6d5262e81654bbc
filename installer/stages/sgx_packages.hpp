// Stage sgx-packages: driver, packages, device access, quote provider, and the service daemon (AESM) answering. Each is a part of its own;
// here is their order, and the packages themselves.
//
// Blocks with what its parts block with; the custom step "wait-aesm" fails with `sgx.aesm_silent` or `sgx.aesm_error`.
#pragma once

#include <memory>

#include "engine/stage.hpp"
#include "installer/stages/aesm_container.hpp"
#include "installer/stages/aesm_daemon.hpp"
#include "installer/stages/aesm_settings.hpp"
#include "installer/stages/device_access.hpp"
#include "installer/stages/epid.hpp"
#include "installer/stages/provider_proof.hpp"
#include "installer/stages/quote_provider.hpp"
#include "installer/stages/registration.hpp"
#include "installer/stages/sgx_driver.hpp"

namespace cosigner::stages {

struct SgxPackagesFacts {
  DriverFacts driver;
  bool interrupted = false;          // an earlier run of dpkg was cut off
  std::vector<std::string> missing;  // packages
  std::optional<host::PackageOrigin> origin;  // of those
  DeviceAccessFacts access;
  QuoteProviderFacts provider;
  AesmSettingsFacts settings;
  RegistrationFacts registration;
  EpidFacts epid;
  AesmContainerFacts container;
  AesmDaemonFacts daemon;  // of the package, looked at when all packages are there and the daemon is no container
};

Result<SgxPackagesFacts> probe_sgx_packages(const host::HostView& host, const engine::StageContext& context);
engine::StagePlan plan_sgx_packages(const SgxPackagesFacts& facts, const engine::StageContext& context);

std::unique_ptr<engine::Stage> make_sgx_packages_stage();

}  // namespace cosigner::stages
