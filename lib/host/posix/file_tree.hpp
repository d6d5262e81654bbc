// Removing a whole tree by descriptors: links are removed and never followed, other file systems are not entered.
#pragma once

#include <string>

#include "base/path.hpp"
#include "base/result.hpp"

namespace cosigner::host {

/// The entry `name` of the open directory and everything below it; absent is success. `path` is for messages.
/// Fails with `host.io_failed` (a mount inside, too deep) or as system_error.
Status remove_entries(int directory, const std::string& name, const Path& path);

}  // namespace cosigner::host
