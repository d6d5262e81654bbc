#include "engine/check.hpp"

#include <map>

namespace cosigner::engine {

using report::Outcome;

std::vector<Checked> run_checks(const std::vector<Check>& checks, const host::HostView& host, const profile::Settings& settings) {
  std::vector<Checked> out;
  std::map<std::string, Outcome> outcomes;
  for (const Check& check : checks) {
    const auto parent = outcomes.find(check.parent);
    const bool may_run = check.parent.empty() || (parent != outcomes.end() && (parent->second == Outcome::pass || parent->second == Outcome::warn));
    const Observation seen = may_run ? check.look(host, settings) : Observation{Outcome::skip, "", "", "not run because " + check.parent + " did not pass", ""};
    outcomes[check.id] = seen.outcome;
    out.push_back({{check.id, check.title, seen.outcome, seen.evidence, seen.remedy, check.parent, seen.because}, seen.code});
  }
  return out;
}

}  // namespace cosigner::engine
