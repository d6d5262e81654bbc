// What weakens the promise: one table of ids, and the comparison with the built-in anchors that finds them (threats E2).
//
// A weakening is found by looking at values, never by a file's own word. Plan, status and report list them for ever. Unattended they
// must be accepted by name, the exact set, in `acceptWeaker`; environment variables can set none of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "profile/problems.hpp"
#include "profile/settings.hpp"

namespace cosigner::profile {

struct WeakeningRow {
  std::string_view id;
  std::string_view meaning;
};
const std::vector<WeakeningRow>& weakening_table();

/// `built_in` is the built-in profile that the settings' profile is or extends.
std::vector<Weakening> find_weakenings(const Settings& settings, const Profile& built_in);

/// Problems when `accepted` is not exactly the set found. "callback.none" counts as accepted by acknowledgeNoCallback.
std::vector<Problem> check_accepted(const std::vector<Weakening>& found, const Answers& answers, const std::string& origin);

}  // namespace cosigner::profile
