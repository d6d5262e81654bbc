// Where a machine of Alibaba Cloud stands, which decides the address of its quote provider.
//
// Source: Alibaba Cloud's pages about metadata of instances (facts sgx-host, section 7: PUT for a token, then GET; without a token on
// older settings).
#pragma once

#include <string>

#include "host/host.hpp"

namespace cosigner::sgx {

/// cloud-init's record of this boot; nothing is asked. Empty when it names no region of the closed list.
std::string recorded_region(const host::HostView& host);

/// The same, and where there is no record what the instance service says: asked once, without a proxy, for a second a question. Whoever
/// answers in its place chooses a word of the closed list at most, never an address (threats N3). Empty when it is not known.
std::string instance_region(const host::HostView& host);

}  // namespace cosigner::sgx
