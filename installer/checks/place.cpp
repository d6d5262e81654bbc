#include "installer/checks/place.hpp"

#include "base/text.hpp"
#include "installer/checks/observing.hpp"
#include "installer/checks/processor.hpp"
#include "installer/checks/texts.hpp"
#include "sgx/instance_region.hpp"
#include "sgx/machine_place.hpp"

namespace cosigner::checks {
namespace {

/// The class folder holds links, the device's own folder does not.
std::string dmi(const host::HostView& host, const char* name) {
  return std::string(trimmed(text_of(host, Path("/sys/devices/virtual/dmi/id") / name, 4096)));
}

/// What the place means for whoever runs a co-signer there (facts, section 7).
std::string what_follows(const std::string& name) {
  if (name == "Azure") return ": Azure's own quote provider knows this platform, Intel's does not";
  if (name == "IBM Cloud") return ": IBM's documentation names the quote provider";
  if (name == "AWS" || name == "Google Cloud") return ": it offers no SGX";
  return ": firmware and registration are those of the hypervisor's host";
}

sgx::MachinePlace machine_place(const host::HostView& host) {
  const std::string vendor = dmi(host, "sys_vendor"), product = dmi(host, "product_name"), asset = dmi(host, "chassis_asset_tag");
  return sgx::place_of_machine({vendor, product, asset});
}

}  // namespace

std::string sgx_of_host_remedy(const host::HostView& host) {
  switch (machine_place(host)) {
    case sgx::MachinePlace::vmware: return remedy("sgx_by_vsphere");
    case sgx::MachinePlace::kvm: return remedy("sgx_by_kvm");
    case sgx::MachinePlace::azure: return remedy("sgx_by_azure");
    case sgx::MachinePlace::alibaba: return remedy("sgx_by_alibaba");
    case sgx::MachinePlace::ibm: return remedy("sgx_by_ibm");
    case sgx::MachinePlace::aws:
    case sgx::MachinePlace::google: return remedy("sgx_by_nobody");
    case sgx::MachinePlace::unknown: break;
  }
  return remedy("sgx_by_host");
}

Place place_of(const host::HostView& host, const profile::Settings& settings) {
  Place out;
  const sgx::MachinePlace place = machine_place(host);
  if (place == sgx::MachinePlace::azure) out.provider = sgx::QuoteProvider::azure;
  if (place == sgx::MachinePlace::alibaba) out.provider = sgx::QuoteProvider::alibaba;
  out.name = std::string(sgx::name_of(place));
  if (out.provider == sgx::QuoteProvider::alibaba) out.region = sgx::recorded_region(host);
  if (!out.name.empty()) return out;
  const auto dumps = read_cpuid(host, settings);
  if (dumps && !dumps->empty() && sgx::judge_cpuid(dumps->front()).hypervisor == false) out.name = "bare metal";
  return out;
}

Observation look_at_place(const host::HostView& host, const profile::Settings& settings) {
  const Place place = place_of(host, settings);
  if (place.name.empty()) return unknown("the machine's vendor strings name no cloud that is known here");
  if (place.name == "Alibaba Cloud") {
    return passed("Alibaba Cloud" + (place.region.empty() ? std::string() : ", region " + place.region));
  }
  if (place.name == "bare metal")
    return passed("bare metal: whoever owns it registers it with Intel when it has several sockets");
  return passed(place.name + what_follows(place.name));
}

Observation look_at_region(const host::HostView& host, const profile::Settings& settings) {
  if (place_of(host, settings).provider != sgx::QuoteProvider::alibaba) return passed("only Alibaba Cloud's quote providers go by regions");
  const std::string region = sgx::instance_region(host);
  if (!region.empty()) return passed("region " + region);
  return warned("neither cloud-init nor the instance service names a region whose quote provider is known here", remedy("alibaba_region"));
}

}  // namespace cosigner::checks
