#include "sgx/machine_place.hpp"

#include "base/text.hpp"

namespace cosigner::sgx {
namespace {

bool begins_with(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

}  // namespace

MachinePlace place_of_machine(const DmiStrings& dmi) {
  const std::string_view vendor = trimmed(dmi.sys_vendor), product = trimmed(dmi.product_name), asset = trimmed(dmi.chassis_asset_tag);
  if (asset == "7783-7084-3265-9085-8269-3286-77") return MachinePlace::azure;
  if (vendor == "Alibaba Cloud" || product == "Alibaba Cloud ECS") return MachinePlace::alibaba;
  if (begins_with(vendor, "IBM") || asset == "ibmcloud") return MachinePlace::ibm;  // inferred
  if (vendor == "Amazon EC2") return MachinePlace::aws;                             // inferred
  if (vendor == "Google" && begins_with(product, "Google Compute")) return MachinePlace::google;  // inferred
  if (begins_with(vendor, "VMware")) return MachinePlace::vmware;                                 // inferred
  if (vendor == "QEMU" || begins_with(product, "KVM") || begins_with(product, "Standard PC")) return MachinePlace::kvm;  // inferred
  return MachinePlace::unknown;
}

std::string_view name_of(MachinePlace place) {
  switch (place) {
    case MachinePlace::azure: return "Azure";
    case MachinePlace::alibaba: return "Alibaba Cloud";
    case MachinePlace::ibm: return "IBM Cloud";
    case MachinePlace::aws: return "AWS";
    case MachinePlace::google: return "Google Cloud";
    case MachinePlace::vmware: return "VMware";
    case MachinePlace::kvm: return "KVM";
    case MachinePlace::unknown: break;
  }
  return {};
}

}  // namespace cosigner::sgx
