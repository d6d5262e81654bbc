// What ties the journal to this machine.
#pragma once

#include <string_view>

namespace cosigner::state {

/// Compares identities part by part; a part that one side could not read (the product UUID needs root) says nothing.
bool is_same_machine(std::string_view one, std::string_view other);

}  // namespace cosigner::state
