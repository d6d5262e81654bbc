// Which operating system this machine runs, and what the profile knows about it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

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

/// The package that brings a kernel with SGX for the kind of kernel that runs: of the longest key of the platform's `kernels` that ends the
/// release after a '-' ("5.10.0-26-cloud-amd64" is "cloud-amd64" before it is "amd64"). Empty when the profile names none.
std::string kernel_package(const Platform& platform, std::string_view release);

/// The same for this machine; empty also where the system is not known.
std::string kernel_package(const Profile& profile, const host::HostView& host, std::string_view release);

}  // namespace cosigner::profile
