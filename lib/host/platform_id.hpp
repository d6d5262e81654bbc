// The file of Intel's PCKIDRetrievalTool: "EncryptedPPID,PCE_ID,CPUSVN,PCE_ISVSVN,QE_ID[,PLATFORM_MANIFEST]", each in hex (facts, section 5.1).
// It names the platform: no part of it goes into a message.
#pragma once

#include <string_view>

namespace cosigner::host {

/// The five values are there, and everything is hex. Whether they are true nobody can tell from them.
bool is_platform_id(std::string_view csv);

}  // namespace cosigner::host
