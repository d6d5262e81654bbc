// /proc/self/mountinfo (proc(5)). Pure.
#pragma once

#include <string_view>
#include <vector>

#include "host/files.hpp"

namespace cosigner::host {

/// In the file's order; lines that are not understood are left out. A read-only file system makes its mount read-only.
std::vector<Mount> parse_mountinfo(std::string_view text);

/// The mount that holds the path: the deepest point, and of several on the same point the last one. Without any, a bare "/".
Mount deepest_mount(const std::vector<Mount>& mounts, const Path& path);

}  // namespace cosigner::host
