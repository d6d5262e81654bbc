// A text without what identifies a machine, a person or a business (threats S1), for pages that leave the house.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cosigner::ui {

/// Private words become "[name 1]" …, the same for the same word; network addresses "[address]", UUIDs and long hexadecimal
/// numbers keep their first four characters, long token-like words and mail addresses are left out. Words are cut at blanks and
/// punctuation.
std::string anonymous(std::string_view text, const std::vector<std::string>& private_words);

}  // namespace cosigner::ui
