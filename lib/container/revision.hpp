// The order of image revisions: calendar versions ("2026.10.03") came after plain ones ("3.10.1"), and an older one is a downgrade to
// known weaknesses (threats R2).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cosigner::container {

/// Negative, zero or positive; nothing when the two cannot be told apart by their numbers and the list does not know both.
/// `known` is the profile's list, oldest first; it decides where it names both.
std::optional<int> compare_revisions(std::string_view left, std::string_view right, const std::vector<std::string>& known);

/// Whether going from `current` to `wanted` goes back. What cannot be ordered counts as going back: it needs a human's word.
bool is_downgrade(std::string_view current, std::string_view wanted, const std::vector<std::string>& known);

}  // namespace cosigner::container
