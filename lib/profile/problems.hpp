// What is wrong with a file that an operator wrote: every problem at once, each with origin, line, key and rule; never the value,
// because it may be a secret (threats E4).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace cosigner::profile {

struct Problem {
  std::string origin;    // "answers.json", "--max-disruption", "profile lab.json"
  std::size_t line = 0;  // 0: not known
  std::string key;       // "pairing.token"; already safe to show
  std::string rule;      // what must hold
};

/// "answers.json line 12: image.digest: must be …"
std::string text_of(const Problem& problem);

/// One Error for all of them: the message counts, each line of `context` is one problem. `code` is "answers.invalid" or "profile.invalid".
Error to_error(std::string_view code, const std::vector<Problem>& problems);

/// A key as it may be shown: keys that are long or look like a token are replaced by a description.
std::string shown_key(std::string_view key);

/// "/pairing/token" → "pairing.token", each part safe to show.
std::string dotted(std::string_view pointer);

}  // namespace cosigner::profile
