// Where this machine is: which cloud, which quote provider belongs to it.
#pragma once

#include <optional>
#include <string>

#include "engine/check.hpp"
#include "sgx/qcnl.hpp"

namespace cosigner::checks {

struct Place {
  std::string name;  // "Azure", "Alibaba Cloud", "IBM Cloud", "AWS", "Google Cloud", "VMware", "KVM", "bare metal"; empty: not recognised
  std::optional<sgx::QuoteProvider> provider;  // that its owner runs
  std::string region;                          // Alibaba's as cloud-init recorded it, when it is of the closed list
};

Place place_of(const host::HostView& host, const profile::Settings& settings);

/// What whoever runs this virtual machine's host must provide for SGX, or where to go.
std::string sgx_of_host_remedy(const host::HostView& host);

engine::Observation look_at_place(const host::HostView& host, const profile::Settings& settings);

/// Asks the cloud's instance service where cloud-init recorded nothing.
engine::Observation look_at_region(const host::HostView& host, const profile::Settings& settings);

}  // namespace cosigner::checks
