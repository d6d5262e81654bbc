// The doctor's words, which are data of conf/texts: remedies by name, what a check is about, and the catalogue of known troubles.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace cosigner::checks {

/// The sentence of conf/texts/remedies.txt with that name, "%1" replaced by `detail`. A test holds that every name used is there.
std::string remedy(std::string_view name, std::string_view detail = {});

/// All of them: name and sentence.
const std::vector<std::pair<std::string, std::string>>& remedies();

/// A row of the catalogue: a symptom that people meet, and what it comes from.
struct Trouble {
  std::string id;  // "A2"
  std::string symptom;
  std::string cause;
  std::string remedy;
  std::string owner;                // who can mend it
  std::vector<std::string> checks;  // that recognise it on a machine
  std::string reason;               // why none can; empty when there are some
  std::vector<std::string> logs;    // where its words may be found: "kernel", "aesm", "cosigner", "registration", "dpkg"
  bool is_harmless = false;
  std::vector<std::vector<std::string>> quotes;  // each: fragments that follow one another in one line
};

const std::vector<Trouble>& catalogue();
const Trouble* find_trouble(std::string_view id);

/// How long an operating system gets security updates (conf/texts/lifecycle.txt).
struct Support {
  Time until{};          // from its makers, for everybody
  Time longer{};         // from somebody who goes on
  std::string by;        // who that is
  bool is_paid = false;  // only for machines that joined
};
/// Of "debian 12"; nothing when it is not known.
std::optional<Support> support_of(std::string_view system);

/// What a check is for, in a sentence or two; empty when nothing is written about it.
std::string about_check(std::string_view id);

}  // namespace cosigner::checks
