// Names of the SGX device nodes, in the order in which they are tried, and what an attempt to open one means. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/devices.hpp"

namespace cosigner::sgx {

enum class Driver { in_tree, out_of_tree, legacy };

struct NodeName {
  std::string_view path;
  Driver driver;
};

/// Enclave nodes: since 5.11, the out-of-tree driver's, and the EPID driver's, which is of no use for DCAP.
const std::vector<NodeName>& enclave_nodes();
const std::vector<NodeName>& provision_nodes();

struct NodeState {
  NodeName name;
  host::OpenResult opened = host::OpenResult::absent;
};

/// The first node that is there, or the first name with `absent`.
NodeState find_node(const host::DevicesView& devices, const std::vector<NodeName>& names);

/// One sentence with the node and what was seen; "permission" is never reported as "missing".
std::string describe(const NodeState& state);

}  // namespace cosigner::sgx
