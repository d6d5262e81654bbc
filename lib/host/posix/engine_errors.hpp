// From the Engine's status and message to our stable codes. The Engine answers 500 for nearly everything that the registry said, so the
// literals of its message decide (building.md, section 3). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "host/containers.hpp"

namespace cosigner::host {

/// `otherwise` is the code when nothing is recognised ("engine.pull_failed", "engine.container_failed"). The message is shown escaped.
Error describe_engine_failure(int status, std::string_view message, std::string_view otherwise, std::string_view doing);

/// The error with the login's password struck out, for an engine or registry that repeats what it was sent.
Error without_login(Error error, const std::optional<RegistryLogin>& login);

}  // namespace cosigner::host
