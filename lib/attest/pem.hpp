// PEM, read strictly (facts of DCAP, section 1.5): blocks of one label, between and after them nothing but white space, and at
// the very end one NUL byte, which most quotes have. A chain with anything else in it would mean different things to different
// readers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cosigner::attest {

/// `text` without one NUL byte at its end: quotes, and bundles of quote libraries, keep C strings.
std::string_view without_last_nul(std::string_view text);

/// The DER of every block, in order. Nothing when the text holds something else, more than eight blocks, or is longer than 64
/// KiB. No block at all is an empty list.
std::optional<std::vector<std::string>> read_pem(std::string_view text, std::string_view label);

}  // namespace cosigner::attest
