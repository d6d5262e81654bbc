// The files that a package source consists of, as text, and the places that it is made of.
#pragma once

#include <string>
#include <vector>

#include "installer/stages/package_source.hpp"
#include "profile/package_place.hpp"

namespace cosigner::stages {

using profile::directory_kind;
using profile::is_local;
using profile::local_archive_kind;

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
