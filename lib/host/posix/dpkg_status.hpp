// dpkg's status file (deb-control(5), dpkg(1)): one linear pass, because it has a megabyte and is read in every run. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "host/packages.hpp"

namespace cosigner::host {

/// Packages of the architectures amd64 and all, by name. What is not understood is left out.
std::map<std::string, Package> parse_dpkg_status(std::string_view text);

/// True for every status but "installed", "config-files" and "not-installed": such a package waits for `dpkg --configure -a`.
bool is_half_done(const Package& package);

}  // namespace cosigner::host
