// Whose secret files are believed besides root's: those of whoever gave the answers (threats E1, E3).
#pragma once

#include <cstdint>
#include <optional>

namespace cosigner::profile {

/// From now on open_secret also takes files of this user, the person behind sudo; without one, only root's (one a process).
void believe_secret_files_of(std::optional<std::uint32_t> uid);

}  // namespace cosigner::profile
