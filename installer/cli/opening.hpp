// The first lines of an interactive run: what this is, what has to be at hand, from when on something is changed, and how to
// stop.
#pragma once

#include <string>

#include "installer/cli/invocation.hpp"

namespace cosigner::cli {

/// `is_first`: nothing was set up here yet. Lines of any length; the screen breaks them.
std::string opening_text(const Invocation& invocation, bool is_first);

}  // namespace cosigner::cli
