// What udev's rules make of a device node's group and mode: as much of their grammar as rules about SGX use. Pure.
//
// udev(7): a line is a comma-separated list of matches and assignments; files are read in the order of their names, later assignments win,
// ":=" is final; a GROUP without a MODE gives 0660.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cosigner::sgx {

struct NodeRule {
  std::optional<std::string> group;
  std::optional<std::uint32_t> mode;
};

/// Of the misc device with this kernel name. Lines that match by anything else than KERNEL, SUBSYSTEM and ACTION say nothing certain and
/// are passed over.
NodeRule rule_of_node(const std::vector<std::string>& rule_files, std::string_view kernel_name);

}  // namespace cosigner::sgx
