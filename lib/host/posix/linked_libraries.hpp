// Which libraries this program was linked with: a static program gets no fixes from the distribution, so it must say what is in it
// (threats U3).
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace cosigner::host {

/// Name and version, e.g. {"openssl", "OpenSSL 3.0.19 27 Jan 2026"}.
std::vector<std::pair<std::string, std::string>> linked_libraries();

}  // namespace cosigner::host
