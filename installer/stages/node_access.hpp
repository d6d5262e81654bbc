// Group and mode of the SGX device nodes. Where the rules that are installed bring them about (their package may have come before the node
// did), udev is asked to apply them; only where they do not there is a rule file of ours.
//
// The custom step fails with `sgx.node_modes` when the nodes are not right after that.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/stage.hpp"

namespace cosigner::stages {

inline const Path own_rule_file = "/etc/udev/rules.d/95-cosigner-sgx.rules";

struct NodeAccessFacts {
  std::vector<std::string> wrong;  // nodes, each with what was seen and is wanted
  std::string open_node;           // the enclave device that everybody may use, by an older rule; left so
  std::string rule_text;           // of our file; empty: none is needed
  bool is_rule_right = false;      // or none is needed
  bool has_rule_folder = false;    // looked at when a rule is needed
};

Result<NodeAccessFacts> probe_node_access(const host::HostView& host, const engine::StageContext& context);
void judge_node_access(const NodeAccessFacts& facts, engine::StagePlan& plan);
std::vector<engine::Step> plan_node_access(const NodeAccessFacts& facts);

/// The custom step "device rules".
Status apply_device_rules(host::Host& host, const engine::StageContext& context);

}  // namespace cosigner::stages
