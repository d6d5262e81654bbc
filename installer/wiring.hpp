// Binds the verbs to this machine: the one place where the real host, the terminal and the catalog of stages meet.
#pragma once

#include <string>
#include <vector>

namespace cosigner {

/// From a clean process to an exit code.
int run_program(const std::vector<std::string>& arguments);

}  // namespace cosigner
