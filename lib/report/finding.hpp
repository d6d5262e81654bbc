// One named observation about the machine, with what was seen and what to do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cosigner::report {

enum class Outcome { pass, warn, fail, skip, unknown };

std::string_view name_of(Outcome outcome);

struct Finding {
  std::string id;     // stable, e.g. "cpu.sgx"
  std::string title;  // "SGX is switched on"
  Outcome outcome = Outcome::unknown;
  std::string evidence;  // one sentence with the value seen
  std::string remedy;    // one imperative sentence; empty for pass
  std::string parent;    // the check that had to pass first; empty for a root
  std::string because;   // for skip and unknown: why
  std::vector<std::string> rows = {};  // rows of the catalogue of known troubles that this is, e.g. "A2"
};

}  // namespace cosigner::report
