#include "sgx/device_nodes.hpp"

namespace cosigner::sgx {

const std::vector<NodeName>& enclave_nodes() {
  static const std::vector<NodeName> names{{"/dev/sgx_enclave", Driver::in_tree}, {"/dev/sgx/enclave", Driver::out_of_tree}, {"/dev/isgx", Driver::legacy}};
  return names;
}

const std::vector<NodeName>& provision_nodes() {
  static const std::vector<NodeName> names{{"/dev/sgx_provision", Driver::in_tree}, {"/dev/sgx/provision", Driver::out_of_tree}};
  return names;
}

NodeState find_node(const host::DevicesView& devices, const std::vector<NodeName>& names) {
  for (const NodeName& name : names) {
    const host::OpenResult opened = devices.try_open(Path(name.path));
    if (opened != host::OpenResult::absent) return {name, opened};
  }
  return {names.front(), host::OpenResult::absent};
}

std::string describe(const NodeState& state) {
  std::string node(state.name.path);
  switch (state.opened) {
    case host::OpenResult::opened: return node + " can be opened";
    case host::OpenResult::absent: return node + " is not there: the kernel found no usable SGX, or its driver is missing";
    case host::OpenResult::permission_denied: return node + " is there, but this user may not open it";
    case host::OpenResult::no_device: return node + " is there, but no SGX hardware is behind it";
    case host::OpenResult::noexec_mount: return node + " lies on a mount without the right to execute";
    case host::OpenResult::failed: return node + " is there, but opening it failed";
  }
  return node;
}

}  // namespace cosigner::sgx
