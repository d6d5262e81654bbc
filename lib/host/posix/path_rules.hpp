// Which places of a file system the walker trusts, as pure rules: the real files port and the model of the tests share them.
//
// Reading follows a link only when root made it in a directory of root's (/etc/os-release, /var/run, everything in /sys). Writing
// follows none, but for the few top-level names that an administrator may have moved (threats L1: `/databases` on a data disk).
#pragma once

#include <string>
#include <vector>

#include "base/path.hpp"
#include "host/types.hpp"

namespace cosigner::host {

inline constexpr int max_links = 16;  // followed in one walk, as a guard against loops

/// A place that may be a link of root's even on the way to a write: directly below the root, or one of the old names below /var.
bool is_fixed_prefix(const Path& place);

/// Ubuntu ships /var/log as 0775 root:syslog; what we make in it is checked for owner and mode by itself.
bool may_be_group_writable(const Path& place);

/// Who may own a directory that we write in: root, ourselves (tests below a prefix), or whoever gets the new entry anyway.
struct Trust {
  std::uint32_t self = 0;
  std::uint32_t receiver = 0;
  bool trusts(std::uint32_t uid) const { return uid == 0 || uid == self || uid == receiver; }
};

/// Empty when a directory may be written in; otherwise why not, to be put after its name.
std::string distrust_of(const Path& place, const FileAttributes& directory, const Trust& trust);

/// The names on the way from the root to the path.
std::vector<std::string> parts_of(const Path& path);

/// Where a link leads, seen from the directory that it lies in; the link's own place has no link in it any more.
Path link_target(const Path& link, const std::string& target);

}  // namespace cosigner::host
