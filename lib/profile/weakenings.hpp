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
  std::string_view answers_key;  // what brings it about in the answers; empty: only a profile can
  std::string_view profile_key;  // and in a profile; empty: only answers can
};
const std::vector<WeakeningRow>& weakening_table();

/// `built_in` is the built-in profile that the settings' profile is or extends.
std::vector<Weakening> find_weakenings(const Settings& settings, const Profile& built_in);

/// What to take away to be rid of it: "keys from the profile /p.json", "tls.extraCa (answers.json line 7)", "--allow-downgrade".
std::string what_to_remove(const Weakening& weakening, const Profile& profile);

/// Problems when `accepted` is not exactly the set found. "callback.none" counts as accepted by acknowledgeNoCallback.
std::vector<Problem> check_accepted(const std::vector<Weakening>& found, const Answers& answers, const std::string& origin);

}  // namespace cosigner::profile
