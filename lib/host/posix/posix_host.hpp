// The real machine: all ports together. With a --root folder files lie beneath it, and nothing outside of it is executed,
// connected to or written (contracts 1).
#pragma once

#include <memory>
#include <string>

#include "base/cancel.hpp"
#include "host/host.hpp"
#include "host/posix/path_walker.hpp"
#include "host/posix/posix_accounts.hpp"
#include "host/posix/posix_clock.hpp"
#include "host/posix/posix_devices.hpp"
#include "host/posix/posix_files.hpp"
#include "host/posix/posix_kernel.hpp"
#include "host/posix/posix_packages.hpp"
#include "host/posix/posix_services.hpp"

namespace cosigner::host {

struct PosixHostOptions {
  std::string root = "/";
  std::string engine_socket = "/run/docker.sock";
};

class PosixHost : public Host {
 public:
  /// The token must outlive the host.
  PosixHost(const PosixHostOptions& options, const CancelToken& cancel);

  /// Fails when the root folder may not be used (`host.path_unsafe`); every call of a port would fail alike.
  Status usable() const { return walker_.usable(); }
  const PathWalker& walker() const { return walker_; }

  const FilesView& files() const override { return files_; }
  const PackagesView& packages() const override { return packages_; }
  const ServicesView& services() const override { return services_; }
  const AccountsView& accounts() const override { return accounts_; }
  const ContainersView& containers() const override { return *containers_; }
  const NetworkView& network() const override { return *network_; }
  const ClockView& clock() const override { return clock_; }
  const DevicesView& devices() const override { return devices_; }

  Files& change_files() override { return files_; }
  Packages& change_packages() override { return packages_; }
  Services& change_services() override { return services_; }
  Accounts& change_accounts() override { return accounts_; }
  Containers& change_containers() override { return *containers_; }
  Network& fetch() override { return *network_; }
  Clock& wait() override { return clock_; }
  Kernel& change_kernel() override { return kernel_; }

 private:
  PathWalker walker_;
  PosixFiles files_;
  PosixPackages packages_;
  PosixServices services_;
  PosixAccounts accounts_;
  PosixClock clock_;
  PosixDevices devices_;
  PosixKernel kernel_;
  std::unique_ptr<Containers> containers_;
  std::unique_ptr<Network> network_;
};

}  // namespace cosigner::host
