// The answer of the executable to --list-devices: which users are paired, with which callback.
//
// The layout of the vendor's output is not public (facts 19). What is read: one user a line, fields parted by bars, tabs or
// runs of two and more blanks: workspace, user id, callback URL or "-", scheme. A line counts when one of its fields is a GUID; headings,
// rulers and log lines do not. All of it is the container's claim, not a fact (threats C2).
#pragma once

#include <string>
#include <vector>

#include "base/untrusted.hpp"

namespace cosigner::pairing {

struct PairedUser {
  Untrusted workspace;
  std::string user_id;      // GUID in lower case
  Untrusted callback_url;   // empty: none
  Untrusted auth;           // scheme as the executable names it; empty when it does not
};

std::vector<PairedUser> parse_device_list(const Untrusted& output);

std::vector<std::string> user_ids(const std::vector<PairedUser>& users);  // sorted, each once

}  // namespace cosigner::pairing
