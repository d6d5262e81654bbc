// The TDX module members of a TCB info for TDX (facts of DCAP, section 3).
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "attest/tcb_info.hpp"

namespace cosigner::attest {

/// `tdxModule` (demanded) and `tdxModuleIdentities` (may be absent); false when something does not read or an id is there twice.
bool read_tdx_modules(const nlohmann::json& inner, TcbInfo& out);

}  // namespace cosigner::attest
