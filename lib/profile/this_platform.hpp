// Which operating system this machine runs, and what the profile knows about it.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "host/host.hpp"
#include "profile/profile.hpp"

namespace cosigner::profile {

struct OsRelease {
  std::string id;       // "debian"
  std::string version;  // "12"; empty for rolling ones
  std::string title;    // PRETTY_NAME; not ours: show it as untrusted text
};

/// Reads shell-like assignments; what is not needed is skipped.
OsRelease parse_os_release(const std::string& text);

/// /etc/os-release when it is a file of its own, else what it usually is a link to. Nothing when there is neither.
Result<std::optional<OsRelease>> read_os_release(const host::HostView& host);

/// By ID and VERSION_ID; nothing when the profile does not name it.
std::optional<Platform> find_platform(const Profile& profile, const OsRelease& os);

}  // namespace cosigner::profile
