// The files that a package source consists of, as text, and the places that it is made of.
#pragma once

#include <string>
#include <vector>

#include "installer/stages/package_source.hpp"

namespace cosigner::stages {

inline constexpr const char* local_archive_kind = "local-archive";
inline constexpr const char* directory_kind = "directory";  // never in a profile: the operator's sgx.repository.mirror

/// True when the packages lie on this machine.
inline bool is_local(const profile::PackageSource& source) { return source.kind == local_archive_kind || source.kind == directory_kind; }

/// "https://…", or "file:/…" of a local one.
std::string uri_of(const profile::PackageSource& source);
/// What the names of its lists in /var/lib/apt/lists begin with.
std::string list_prefix_of(const profile::PackageSource& source);
/// Only when `facts.key()` is there.
std::string source_text(const SourceFacts& facts);
std::string pins_text(const SourceFacts& facts);

/// Where the key file is asked for, in this order: the publisher's own place; for a mirror then where the mirror has its copy, beside its
/// `dists` as at the publisher's, or one folder above.
std::vector<std::string> key_places(const profile::PackageSource& source);

/// For an install from this source; `platform_suite` is the profile's for this system.
host::PackageOrigin origin_of(const profile::PackageSource& source, const std::string& platform_suite);

}  // namespace cosigner::stages
