// One thing broken at a time on a sound machine, and what the doctor must say about it.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "unit/checks/sound_machine.hpp"

namespace cosigner::checks {

struct Breakage {
  std::string name;
  std::function<void(SoundMachine&)> break_it;
  std::string check;
  report::Outcome outcome = report::Outcome::fail;
  std::vector<std::string> rows = {};  // of the catalogue, exactly
  std::set<std::string> also = {};     // other checks that the same cause changes
};

std::vector<Breakage> hardware_breakages();
std::vector<Breakage> package_breakages();
std::vector<Breakage> daemon_breakages();
std::vector<Breakage> cosigner_breakages();
std::vector<Breakage> log_breakages();

using Findings = std::map<std::string, report::Finding>;

struct Broken {
  Breakage breakage;
  Findings seen;
};
/// Every breakage but those of logs, with what the doctor says about it; looked at once for all tests.
const std::vector<Broken>& broken_machines();

}  // namespace cosigner::checks
