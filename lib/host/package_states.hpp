// What dpkg's status words mean to whoever wants a package. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "host/packages.hpp"

namespace cosigner::host {

/// dpkg remembers packages that are gone: this one has files here, whole or half.
bool is_here(const Package& package);

/// Of `names` those that are not here, in their order. `installed`: as PackagesView gives it.
std::vector<std::string> missing_packages(const std::map<std::string, Package>& installed, const std::vector<std::string>& names);

}  // namespace cosigner::host
