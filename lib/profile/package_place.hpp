// Where packages of a third party come from on this very machine: the profile's source, and the operator's answers put over it. Pure.
#pragma once

#include "profile/answers.hpp"
#include "profile/profile.hpp"

namespace cosigner::profile {

inline constexpr const char* local_archive_kind = "local-archive";
inline constexpr const char* directory_kind = "directory";  // never in a profile: the operator's sgx.repository.mirror

/// True when the packages lie on this machine.
inline bool is_local(const PackageSource& source) { return source.kind == local_archive_kind || source.kind == directory_kind; }

/// The operator's mirror, suite and fingerprints (in his spelling) put over the profile's, for Intel's source.
PackageSource with_answers(PackageSource source, const Answers& answers);

}  // namespace cosigner::profile
