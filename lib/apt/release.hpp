// The index of an apt suite (Release, or the signed text of InRelease): who says it, when, and the SHA-256 of every list. Pure.
// Errors: `apt.index_malformed`.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace cosigner::apt {

struct ListedFile {
  std::string sha256;  // hex, lower case
  std::uint64_t size = 0;
  friend bool operator==(const ListedFile&, const ListedFile&) = default;
};

struct Release {
  std::string origin;
  std::string label;
  std::string suite;
  std::string codename;
  Time date{};
  std::optional<Time> valid_until;
  std::map<std::string, ListedFile> files;  // by path below dists/SUITE
};

/// A Date and a SHA256 list are required: an index that lists weaker hashes only is not used.
Result<Release> parse_release(std::string_view text);

/// The packages of a "Packages" list: path below the repository → hash and size. Every package must have all three.
struct IndexedPackage {
  std::string name;
  std::string version;
  std::string path;  // Filename
  ListedFile file;
};
Result<std::vector<IndexedPackage>> parse_packages_index(std::string_view text);

/// "Thu, 26 Nov 2026 10:00:00 UTC" or "… +0000".
std::optional<Time> parse_release_date(std::string_view text);

}  // namespace cosigner::apt
