// The command lines of apt, as pure text: one place where weak settings of the host are overridden (threats M5).
#pragma once

#include <string>
#include <vector>

#include "base/path.hpp"
#include "base/result.hpp"
#include "host/packages.hpp"

namespace cosigner::host {

inline constexpr int apt_status_descriptor = 9;

/// "name" or "name=version" as apt means it, and no option, task, pattern or removal ("name-") in disguise.
bool is_package_name(const std::string& name);
/// "Acquire::https::Proxy=…": a setting, not a file and not a command line.
bool is_apt_setting(const std::string& text);

/// Only `source_file`'s lists, leaving those of other sources alone; nullptr: all.
std::vector<std::string> update_command(const Path* source_file, const std::vector<std::string>& options);
std::vector<std::string> install_command(const InstallRequest& request);
std::vector<std::string> remove_command(const std::vector<std::string>& names);
std::vector<std::string> configure_command();
std::vector<std::string> repair_command();

}  // namespace cosigner::host
