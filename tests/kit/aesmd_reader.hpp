// /etc/aesmd.conf read as the service daemon itself reads it, with all its traps (facts, section 6.1): a reading of its own, to hold
// against what the product writes.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace cosigner::kit {

struct AesmdRead {
  bool is_taken = true;     // one bad line and nothing of the file holds
  std::size_t bad_line = 0;
  std::map<std::string, std::string> values;  // empty when it is not taken
};

/// `knows_epid`: a release up to 2.27, which also takes the quoting types of EPID; `knows_whitelist`: one of these up to 2.26, which takes
/// `whitelist url` too.
AesmdRead read_as_daemon(std::string_view text, bool knows_epid = false, bool knows_whitelist = true);

}  // namespace cosigner::kit
