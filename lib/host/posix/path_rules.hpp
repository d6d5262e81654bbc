// Which places of a file system the walker trusts, as pure rules: the real files port and the model of the tests share them.
//
// Reading follows a link only when root made it in a directory of root's (/etc/os-release, /var/run, everything in /sys). Writing
// follows none, but for the few top-level names that an administrator may have moved (threats L1: `/databases` on a data disk).
#pragma once

#include <string>

#include "base/path.hpp"
#include "host/types.hpp"

namespace cosigner::host::posix {

inline constexpr int max_links = 16;  // followed in one walk, as a guard against loops

/// A place that may be a link of root's even on the way to a write: directly below the root, or one of the old names below /var.
inline bool is_fixed_prefix(const Path& place) {
  return place.parent() == Path("/") || place == Path("/var/run") || place == Path("/var/lib") || place == Path("/var/log");
}

/// Ubuntu ships /var/log as 0775 root:syslog; what we make in it is checked for owner and mode by itself.
inline bool may_be_group_writable(const Path& place) { return place == Path("/var/log"); }

/// Who may own a directory that we write in: root, ourselves (tests below a prefix), or whoever gets the new entry anyway.
struct Trust {
  std::uint32_t self = 0;
  std::uint32_t receiver = 0;
  bool trusts(std::uint32_t uid) const { return uid == 0 || uid == self || uid == receiver; }
};

/// Empty when a directory may be written in; otherwise why not, to be put after its name.
inline std::string distrust_of(const Path& place, const FileAttributes& directory, const Trust& trust) {
  if (!trust.trusts(directory.owner.uid)) return "belongs to user " + std::to_string(directory.owner.uid);
  const std::uint32_t forbidden = may_be_group_writable(place) ? 0002u : 0022u;
  if ((directory.mode.bits & forbidden) != 0) return "is writable by other users";
  return {};
}

}  // namespace cosigner::host::posix
