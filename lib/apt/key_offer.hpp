// What a publisher's key file means for a machine that holds a good key already. Keys are replaced over the years, and never back. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apt/openpgp.hpp"

namespace cosigner::apt {

enum class KeyNews {
  same,        // the installed key
  successor,   // accepted, good and made later, or the same key with a later end: takes the installed one's place
  older,       // accepted and good, but made earlier or ending earlier: a server that was put back takes no machine back
  unaccepted,  // a key that nobody announced
  unusable,    // accepted, but ended, revoked or not yet begun; or a file that is not one key
  withdrawn,   // the installed key, revoked by its owner
};

struct KeyOffer {
  KeyNews news = KeyNews::same;
  std::optional<PublicKey> key;  // of `same`, `successor` and `older`
  std::string why;               // half a sentence for people, without an end; empty for `same`
};

/// `installed` is accepted and good at `now`. Which of two keys is newer is told by their creation; an equal one by its end (a key that
/// does not end is the later one). `accepted`: as in choose_key.
KeyOffer judge_offer(const PublicKey& installed, std::string_view file, const std::vector<std::string>& accepted, Time now);

}  // namespace cosigner::apt
