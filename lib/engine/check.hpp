// A named read-only look at the machine. The doctor runs all of them; a stage runs those that must hold before it changes anything.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "host/host.hpp"
#include "profile/settings.hpp"
#include "report/finding.hpp"

namespace cosigner::engine {

/// What one look saw.
struct Observation {
  report::Outcome outcome = report::Outcome::unknown;
  std::string evidence;
  std::string remedy;   // empty for pass
  std::string because;  // for skip and unknown
  std::string code;     // error code of a fail, when a stage stops for it
};

struct Check {
  std::string id;      // stable
  std::string title;
  std::string parent;  // the check that must not have failed; empty for a root. It comes earlier in the list
  std::function<Observation(const host::HostView&, const profile::Settings&)> look;
};

struct Checked {
  report::Finding finding;
  std::string code;
};

/// In order. A check whose parent failed, was skipped or is unknown is not run: it is skipped, and says because of which.
std::vector<Checked> run_checks(const std::vector<Check>& checks, const host::HostView& host, const profile::Settings& settings);

}  // namespace cosigner::engine
