#include "engine/check.hpp"

#include <map>

namespace cosigner::engine {
namespace {

using report::Outcome;

bool is_named(const std::string& id, const std::set<std::string>& names) {
  return names.empty() || names.count(id) != 0 || names.count(id.substr(0, id.find('.'))) != 0;
}

/// The chosen checks and everything above them.
std::set<std::string> wanted_ids(const std::vector<Check>& checks, const CheckChoice& choice) {
  std::set<std::string> wanted;
  for (auto check = checks.rbegin(); check != checks.rend(); ++check) {  // children come later than their parents
    const bool is_chosen = is_named(check->id, choice.only) && (!choice.preflight || check->use == CheckUse::preflight);
    if (!is_chosen && wanted.count(check->id) == 0) continue;
    wanted.insert(check->id);
    if (!check->parent.empty()) wanted.insert(check->parent);
  }
  return wanted;
}

Observation skipped(std::string because) {
  Observation seen;
  seen.outcome = Outcome::skip;
  seen.because = std::move(because);
  return seen;
}

}  // namespace

std::vector<Checked> run_checks(const std::vector<Check>& checks, const host::HostView& host, const profile::Settings& settings,
                                const CheckChoice& choice) {
  std::vector<Checked> out;
  std::map<std::string, Outcome> outcomes;
  const std::set<std::string> wanted = wanted_ids(checks, choice);
  for (const Check& check : checks) {
    if (wanted.count(check.id) == 0) continue;
    const auto parent = outcomes.find(check.parent);
    const bool may_run = check.parent.empty() ||
                         (parent != outcomes.end() && (parent->second == Outcome::pass || parent->second == Outcome::warn));
    Observation seen = !may_run ? skipped("not run because " + check.parent + " did not pass")
                       : choice.offline && check.reach == CheckReach::network ? skipped("not run because of --offline")
                                                                              : check.look(host, settings);
    outcomes[check.id] = seen.outcome;
    out.push_back({{check.id, check.title, seen.outcome, std::move(seen.evidence), std::move(seen.remedy), check.parent,
                    std::move(seen.because), std::move(seen.rows)},
                   std::move(seen.code)});
  }
  return out;
}

}  // namespace cosigner::engine
