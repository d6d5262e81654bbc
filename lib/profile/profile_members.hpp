// The members of a profile document, each read once; and the rules that hold between them.
#pragma once

#include "profile/profile.hpp"
#include "profile/reader.hpp"

namespace cosigner::profile {

/// Takes every member of the document; unknown members and wrong types become problems.
void read_members(const nlohmann::json& document, const ReadContext& context, Profile& out);

/// Forms and dependencies: fingerprints, digests, https, stage names.
void check_members(const Profile& profile, const ReadContext& context);

}  // namespace cosigner::profile
