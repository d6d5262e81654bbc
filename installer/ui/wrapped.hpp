// Texts for a screen of so many columns. Lines are broken at blanks alone: a word, path or digest that is too long stays whole.
#pragma once

#include <string>
#include <string_view>

namespace cosigner::ui {

/// Each line of the text is broken so that it has at most `columns` columns; what goes on is indented two further than its line,
/// so that no part of a text can pass for a line of its own. Expects text that was made harmless (`shown`).
std::string wrapped(std::string_view text, int columns);

}  // namespace cosigner::ui
