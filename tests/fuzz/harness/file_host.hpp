// A host that has files and a clock, after the model of the kit, and nothing else: quick to make, once an input.
#pragma once

#include <stdexcept>

#include "host/host.hpp"
#include "kit/call_log.hpp"
#include "kit/fake_clock.hpp"
#include "kit/fake_files.hpp"
#include "kit/model.hpp"

namespace cosigner::fuzz {

class FileHost : public host::Host {
 public:
  FileHost() : files_(model, log), clock_(model, log) {}

  kit::MachineModel model;
  kit::CallLog log;

  void put(const std::string& path, std::string bytes) {
    model.entries[path] = {host::FileKind::regular, {{0644}, {}}, std::move(bytes), {}};
  }

  const host::FilesView& files() const override { return files_; }
  const host::ClockView& clock() const override { return clock_; }
  host::Files& change_files() override { return files_; }
  host::Clock& wait() override { return clock_; }

  const host::PackagesView& packages() const override { return absent<host::PackagesView>(); }
  const host::ServicesView& services() const override { return absent<host::ServicesView>(); }
  const host::AccountsView& accounts() const override { return absent<host::AccountsView>(); }
  const host::ContainersView& containers() const override { return absent<host::ContainersView>(); }
  const host::NetworkView& network() const override { return absent<host::NetworkView>(); }
  const host::DevicesView& devices() const override { return absent<host::DevicesView>(); }
  host::Packages& change_packages() override { return absent<host::Packages>(); }
  host::Services& change_services() override { return absent<host::Services>(); }
  host::Accounts& change_accounts() override { return absent<host::Accounts>(); }
  host::Containers& change_containers() override { return absent<host::Containers>(); }
  host::Network& fetch() override { return absent<host::Network>(); }
  host::Kernel& change_kernel() override { return absent<host::Kernel>(); }

 private:
  template <class Port>
  static Port& absent() {
    throw std::logic_error("a parser asked for more than files and the clock");
  }

  kit::FakeFiles files_;
  kit::FakeClock clock_;
};

}  // namespace cosigner::fuzz
