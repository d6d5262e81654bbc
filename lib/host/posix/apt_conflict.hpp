// Two failures of third-party packages that apt and dpkg only hint at: a file that moved between packages of one publisher, and packages
// that were built for another release of the system. Pure; what apt says is foreign text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "host/packages.hpp"

namespace cosigner::host {

/// dpkg's "trying to overwrite 'FILE', which is also in package NAME VERSION": `packages.conflict` with both packages. When both are the
/// publisher's own, the older one is to be purged, or not to be installed. Nothing when the output does not say it.
std::optional<Error> describe_overlap(std::string_view output, const std::string& doing, const PackageOrigin* origin);

/// apt's "Depends: libprotobuf17 … but it is not installable" of a package of `origin`: `packages.conflict` that names the suite for this
/// system. Nothing when the output does not say it, or without an origin.
std::optional<Error> describe_wrong_suite(std::string_view output, const std::string& message, const PackageOrigin* origin);

}  // namespace cosigner::host
