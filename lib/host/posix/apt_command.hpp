// The command lines of apt, as pure text: one place where weak settings of the host are overridden (threats M5).
#pragma once

#include <string>
#include <vector>

#include "base/path.hpp"
#include "base/result.hpp"
#include "host/packages.hpp"

namespace cosigner::host {

inline constexpr int apt_status_descriptor = 59;
inline constexpr int apt_options_descriptor = 58;  // high, so that they meet no descriptor of ours on the way into the child

/// "name" or "name=version" as apt means it, and no option, task, pattern or removal ("name-") in disguise.
bool is_package_name(const std::string& name);
/// "Acquire::https::Proxy=…": a setting, not a file and not a command line.
bool is_apt_setting(const std::string& text);

/// The call's own options as a configuration file, given by descriptor: a proxy's password must not be in an argument list.
std::string options_document(const AptOptions& options);

/// Only `source_file`'s lists, leaving those of other sources alone; nullptr: all.
std::vector<std::string> update_command(const Path* source_file);
std::vector<std::string> install_command(const InstallRequest& request);
std::vector<std::string> remove_command(const std::vector<std::string>& names);
std::vector<std::string> configure_command();
std::vector<std::string> repair_command();

}  // namespace cosigner::host
