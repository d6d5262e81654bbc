// The quote provider's configuration judged for people: where it is broken, what is silently ignored, what will not work. Pure.
// Facts, section 7: a broken file makes the library fall back to localhost; unknown keys and wrong types do nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sgx/qcnl.hpp"

namespace cosigner::sgx {

struct QcnlReport {
  QcnlSettings settings;             // what the library goes by
  std::string trouble;               // why it is no JSON, with line and column; empty when it is, or is in the old form
  std::vector<std::string> ignored;  // "retry_times (it must be a number)", "pccs_Url (unknown key)"
  std::vector<std::string> ended;    // keys that name an ended interface at Intel's own host
  std::string update_type;           // tcb_update_type that the library refuses
  std::string api_version;           // pccs_api_version, when it is a text
};

QcnlReport report_qcnl(std::string_view text);

}  // namespace cosigner::sgx
