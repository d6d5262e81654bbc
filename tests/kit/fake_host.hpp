// The model host: the same ports as the real one, on a MachineModel. One small state machine a port.
#pragma once

#include "kit/call_log.hpp"
#include "kit/fake_accounts.hpp"
#include "kit/fake_clock.hpp"
#include "kit/fake_containers.hpp"
#include "kit/fake_devices.hpp"
#include "kit/fake_files.hpp"
#include "kit/fake_kernel.hpp"
#include "kit/fake_network.hpp"
#include "kit/fake_packages.hpp"
#include "kit/fake_services.hpp"
#include "kit/model.hpp"

namespace cosigner::kit {

class FakeHost : public host::Host {
 public:
  explicit FakeHost(MachineModel start = {})
      : model(std::move(start)), files_(model, log), packages_(model, log), services_(model, log), accounts_(model, log),
        containers_(model, log), network_(model, log), clock_(model, log), devices_(model), kernel_(model, log) {}

  MachineModel model;
  CallLog log;

  const host::FilesView& files() const override { return files_; }
  const host::PackagesView& packages() const override { return packages_; }
  const host::ServicesView& services() const override { return services_; }
  const host::AccountsView& accounts() const override { return accounts_; }
  const host::ContainersView& containers() const override { return containers_; }
  const host::NetworkView& network() const override { return network_; }
  const host::ClockView& clock() const override { return clock_; }
  const host::DevicesView& devices() const override { return devices_; }

  host::Files& change_files() override { return files_; }
  host::Packages& change_packages() override { return packages_; }
  host::Services& change_services() override { return services_; }
  host::Accounts& change_accounts() override { return accounts_; }
  host::Containers& change_containers() override { return containers_; }
  host::Network& fetch() override { return network_; }
  host::Clock& wait() override { return clock_; }
  host::Kernel& change_kernel() override { return kernel_; }

 private:
  FakeFiles files_;
  FakePackages packages_;
  FakeServices services_;
  FakeAccounts accounts_;
  FakeContainers containers_;
  FakeNetwork network_;
  FakeClock clock_;
  FakeDevices devices_;
  FakeKernel kernel_;
};

}  // namespace cosigner::kit
