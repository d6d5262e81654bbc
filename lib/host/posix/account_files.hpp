// passwd(5) and group(5). Pure: the name service of a static program would load the host's modules (and die of them).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/accounts.hpp"

namespace cosigner::host {

/// Lines that are not understood, and those of NIS ("+…", "-…"), are left out.
std::vector<User> parse_passwd(std::string_view text);
std::vector<Group> parse_group(std::string_view text);

/// What useradd and groupadd accept.
bool is_account_name(const std::string& name);

}  // namespace cosigner::host
