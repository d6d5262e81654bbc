// Where a machine stands, by the strings that its maker or hypervisor shows (DMI). Pure.
//
// The strings are from general knowledge (facts, section 10: inferred, but for Azure's and Alibaba Cloud's); a machine without a known one is
// unknown, never guessed.
#pragma once

#include <string_view>

namespace cosigner::sgx {

enum class MachinePlace { unknown, azure, alibaba, ibm, aws, google, vmware, kvm };

struct DmiStrings {
  std::string_view sys_vendor;
  std::string_view product_name;
  std::string_view chassis_asset_tag;
};

MachinePlace place_of_machine(const DmiStrings& dmi);

/// "Azure", "Alibaba Cloud", "IBM Cloud", "AWS", "Google Cloud", "VMware", "KVM"; empty for unknown.
std::string_view name_of(MachinePlace place);

}  // namespace cosigner::sgx
