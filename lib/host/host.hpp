// The seam: everything this program can learn from or do to a machine.
//
// `HostView` is the reading halves. A function that takes a `const HostView&` cannot change the machine: that is the promise, and the
// compiler keeps it. `Host` is both halves. The real one is `host/posix`; decorators (record, replay, fault) and the model of the
// tests implement the same ports, and one contract suite runs on them.
#pragma once

#include "host/accounts.hpp"
#include "host/clock.hpp"
#include "host/containers.hpp"
#include "host/devices.hpp"
#include "host/files.hpp"
#include "host/kernel.hpp"
#include "host/network.hpp"
#include "host/packages.hpp"
#include "host/services.hpp"

namespace cosigner::host {

class HostView {
 public:
  virtual ~HostView() = default;
  virtual const FilesView& files() const = 0;
  virtual const PackagesView& packages() const = 0;
  virtual const ServicesView& services() const = 0;
  virtual const AccountsView& accounts() const = 0;
  virtual const ContainersView& containers() const = 0;
  virtual const NetworkView& network() const = 0;
  virtual const ClockView& clock() const = 0;
  virtual const DevicesView& devices() const = 0;
};

/// The writing halves have names of their own, so that a reader of a call sees that it may change something.
class Host : public HostView {
 public:
  virtual Files& change_files() = 0;
  virtual Packages& change_packages() = 0;
  virtual Services& change_services() = 0;
  virtual Accounts& change_accounts() = 0;
  virtual Containers& change_containers() = 0;
  virtual Network& fetch() = 0;
  virtual Clock& wait() = 0;
  virtual Kernel& change_kernel() = 0;
};

}  // namespace cosigner::host
