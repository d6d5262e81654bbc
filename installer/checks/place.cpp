#include "installer/checks/place.hpp"

#include "base/text.hpp"
#include "installer/checks/observing.hpp"
#include "installer/checks/processor.hpp"
#include "installer/checks/texts.hpp"

namespace cosigner::checks {
namespace {

/// The class folder holds links, the device's own folder does not.
std::string dmi(const host::HostView& host, const char* name) {
  return std::string(trimmed(text_of(host, Path("/sys/devices/virtual/dmi/id") / name, 4096)));
}

bool begins_with(const std::string& text, std::string_view start) { return text.rfind(start, 0) == 0; }

/// What the place means for whoever runs a co-signer there (facts, section 7).
std::string what_follows(const std::string& name) {
  if (name == "Azure") return ": Azure's own quote provider knows this platform, Intel's does not";
  if (name == "IBM Cloud") return ": IBM's documentation names the quote provider";
  return ": firmware and registration are those of the hypervisor's host";
}

}  // namespace

Place place_of(const host::HostView& host, const profile::Settings& settings) {
  Place out;
  const std::string vendor = dmi(host, "sys_vendor"), product = dmi(host, "product_name"), asset = dmi(host, "chassis_asset_tag");
  out.provider = sgx::provider_of_machine(vendor, product, asset);
  if (out.provider == sgx::QuoteProvider::azure)
    out.name = "Azure";
  else if (out.provider == sgx::QuoteProvider::alibaba)
    out.name = "Alibaba Cloud";
  else if (begins_with(vendor, "IBM") || asset == "ibmcloud")
    out.name = "IBM Cloud";
  else if (begins_with(vendor, "VMware"))
    out.name = "VMware";
  else if (vendor == "QEMU" || begins_with(product, "KVM") || begins_with(product, "Standard PC"))
    out.name = "KVM";
  if (out.provider == sgx::QuoteProvider::alibaba) {
    // From cloud-init's record: nothing is asked over the network (threats N3).
    const std::string region = sgx::region_of_instance(text_of(host, "/run/cloud-init/instance-data.json", 1024 * 1024));
    if (sgx::alibaba_pccs_url(region, true)) out.region = region;
  }
  if (!out.name.empty()) return out;
  const auto dumps = read_cpuid(host, settings);
  if (dumps && !dumps->empty() && sgx::judge_cpuid(dumps->front()).hypervisor == false) out.name = "bare metal";
  return out;
}

Observation look_at_place(const host::HostView& host, const profile::Settings& settings) {
  const Place place = place_of(host, settings);
  if (place.name.empty()) return unknown("the machine's vendor strings name no cloud that is known here");
  if (place.name == "Alibaba Cloud") {
    if (place.region.empty()) return warned("Alibaba Cloud, but its region is not known", remedy("alibaba_region"));
    return passed("Alibaba Cloud, region " + place.region);
  }
  if (place.name == "bare metal")
    return passed("bare metal: whoever owns it registers it with Intel when it has several sockets");
  return passed(place.name + what_follows(place.name));
}

}  // namespace cosigner::checks
