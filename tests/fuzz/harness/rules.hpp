// Rules that hold for every parser of text that is not ours.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace cosigner::fuzz {

/// One line that a terminal shows as it is: nothing that moves the cursor, changes direction, hides or breaks the line.
void require_plain(std::string_view text, const std::string& what);

/// An error has a code and a sentence, and all its texts are plain lines; the same for its causes.
void require_plain(const Error& error);

/// None of an error's texts contains a word of the secret (one of less than 16 bytes may be ours).
void require_silent(const Error& error, std::string_view secret);

/// A pairing token as it could be pasted into the wrong place, and the input with every "@@" replaced by it: so that the fuzzer,
/// which would not guess it, can put it anywhere.
extern const std::string_view canary;
std::string with_canary(std::string_view input);
void require_no_canary(std::string_view text, const std::string& where);

/// Takes the first byte off and gives it modulo `choices`: which of several parsers this input is for. 0 when there is none.
unsigned take_choice(std::string_view& input, unsigned choices);

}  // namespace cosigner::fuzz
