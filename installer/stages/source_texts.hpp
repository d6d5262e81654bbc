// The files that a package source consists of, as text.
#pragma once

#include <string>

#include "installer/stages/package_source.hpp"

namespace cosigner::stages {

inline constexpr const char* local_archive_kind = "local-archive";

/// "https://…", or "file:/…" of an unpacked local archive.
std::string uri_of(const profile::PackageSource& source);
/// Only when `facts.key()` is there.
std::string source_text(const SourceFacts& facts);
std::string pins_text(const SourceFacts& facts);

}  // namespace cosigner::stages
