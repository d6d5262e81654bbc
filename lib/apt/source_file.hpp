// Our own source file and its pins: what apt is told about a third-party source. Pure.
//
// `Signed-By` names the keyring *and* the fingerprint: with the file alone apt 2.6 accepts an index signed by any key in it (threats M1,
// measured). Pins deny everything of that origin but the named packages, and never reach 1000, where apt would downgrade (threats M2).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cosigner::apt {

struct SourceEntry {
  std::string title;  // for the comment line
  std::string uri;    // "https://…" or "file:/…"
  std::string suite;
  std::string component;
  std::string keyring_path;
  std::string fingerprint;
};

/// deb822 text, for this architecture only (an i386 index does not exist and apt would complain).
std::string to_source_file(const SourceEntry& entry);

/// How apt recognises what came from the source.
struct PinTarget {
  std::string host;    // of a repository
  std::string origin;  // of a local one, by its release file: a pin by host does not match a `file:` repository at all
  std::string label;
  std::string codename;
};

/// Text of a preferences file: everything -1, `packages` (names or shell patterns) 990.
std::string to_preferences(const std::string& title, const PinTarget& target, const std::vector<std::string>& packages);

/// What the names of the source's lists in /var/lib/apt/lists begin with, e.g. "download.01.org_intel-sgx_sgx%5frepo_ubuntu_dists_jammy_".
std::string lists_prefix(std::string_view uri, std::string_view suite);

/// "download.01.org" of "https://download.01.org/x"; empty for file: and for anything else without a host.
std::string host_of(std::string_view uri);

/// True when `name` is one of the names or fits one of the shell patterns ('*' and '?').
bool matches_any(std::string_view name, const std::vector<std::string>& patterns);

}  // namespace cosigner::apt
