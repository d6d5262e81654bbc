// Names of systemd's units as people write them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/services.hpp"

namespace cosigner::host {

/// As systemd spells it: a name without an ending is a service's.
std::string unit_name(std::string_view text);

/// Letters, digits and ":_.@\-", not "-" at the beginning: what may be given to systemctl as a name.
bool is_unit_name(std::string_view text);

/// Those that are no names, or that systemd does not know.
Result<std::vector<std::string>> unknown_units(const ServicesView& services, const std::vector<std::string>& names);

}  // namespace cosigner::host
