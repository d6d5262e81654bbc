// A named read-only look at the machine. The doctor runs all of them; a stage runs those that must hold before it changes
// anything.
#pragma once

#include <functional>
#include <set>
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
  std::string remedy;                  // empty for pass
  std::string because;                 // for skip and unknown
  std::string code;                    // error code of a fail, when a stage stops for it
  std::vector<std::string> rows = {};  // rows of the catalogue of known troubles that were recognised
};

/// Who runs it: what set-up demands before it changes anything, or the doctor alone.
enum class CheckUse { preflight, doctor };

/// What a look needs beyond files and system calls: a network look is left out when that was asked for.
enum class CheckReach { machine, network };

struct Check {
  std::string id;  // stable
  std::string title;
  std::string parent;  // the check that must not have failed; empty for a root. It comes earlier in the list
  std::function<Observation(const host::HostView&, const profile::Settings&)> look;
  CheckUse use = CheckUse::doctor;
  CheckReach reach = CheckReach::machine;
};

/// What of the tree is run. A check that was not chosen runs all the same when a chosen one depends on it.
struct CheckChoice {
  std::set<std::string> only;  // ids, or the first word of ids ("cpu"); empty: all
  bool offline = false;        // network looks are skipped
  bool preflight = false;      // only what set-up demands
};

struct Checked {
  report::Finding finding;
  std::string code;
};

/// In order. A check whose parent failed, was skipped or is unknown is not run: it is skipped, and says because of which.
std::vector<Checked> run_checks(const std::vector<Check>& checks, const host::HostView& host, const profile::Settings& settings,
                                const CheckChoice& choice = {});

}  // namespace cosigner::engine
