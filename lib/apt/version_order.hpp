// The order of package versions, as dpkg sorts them: epoch, then upstream version, then revision (deb-version(7)). Pure.
#pragma once

#include <string_view>

namespace cosigner::apt {

/// Below, equal to or above 0, as `left` is older than, the same as or newer than `right`. Any text has a place in the order.
int compare_versions(std::string_view left, std::string_view right);

/// The upstream version's leading numbers: "1.2.13" of "1:1.2.13.dfsg-1".
std::string_view upstream_numbers(std::string_view version);

}  // namespace cosigner::apt
