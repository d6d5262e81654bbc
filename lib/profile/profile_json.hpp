// Profiles as JSON: the built-in ones by name, or a file of the operator.
//
// Schema "cosigner.profile/1"; `extends` names a built-in profile, whose members are taken over: objects are merged member by member,
// lists and values are replaced. Unknown members are refused with their line and the nearest known one. conf/profiles/README.md shows
// every member. Fails with `profile.not_found`, `profile.invalid` (all problems in the context), or a `json.*` code.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "profile/profile.hpp"

namespace cosigner::profile {

/// The stages in their one order (contracts, section 2); a profile lists some of them.
const std::vector<std::string>& stage_order();

std::vector<std::string> builtin_profile_names();

Result<Profile> builtin_profile(std::string_view name);

/// The JSON of a profile with everything it extends merged in, for `profile show`.
Result<std::string> merged_profile_text(std::string_view name);

/// `origin` names the file in problems.
Result<Profile> parse_profile(std::string_view text, const std::string& origin);

}  // namespace cosigner::profile
