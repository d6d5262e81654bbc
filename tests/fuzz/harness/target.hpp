// One fuzz target a file of tests/fuzz: a function that takes any bytes, hands them to the product's own public functions and
// holds what comes back to rules. scripts/fuzz runs it under libFuzzer, test_fuzz_corpora replays its corpus in every build.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace cosigner::fuzz {

using Entry = void (*)(std::string_view input);

struct Target {
  std::string name;  // of the file, the corpus folder and the program
  Entry run;
};

/// Those linked into this program.
std::vector<Target>& targets();

struct Registration {
  Registration(const char* name, Entry run) { targets().push_back({name, run}); }
};

/// The input breaks a rule of the product.
struct RuleBroken : std::logic_error {
  using std::logic_error::logic_error;
};

inline void require(bool holds, const std::string& rule) {
  if (!holds) throw RuleBroken(rule);
}

}  // namespace cosigner::fuzz

/// FUZZ_TARGET(token) { … input … }
#define FUZZ_TARGET(name)                                                             \
  static void fuzz_##name(std::string_view input);                                    \
  static const cosigner::fuzz::Registration registration_##name(#name, &fuzz_##name); \
  static void fuzz_##name(std::string_view input)
