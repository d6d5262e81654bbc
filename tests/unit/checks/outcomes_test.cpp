// What every check can say: pass, each kind of trouble, that it could not look, and that its parent did not pass.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "installer/checks/catalog.hpp"
#include "unit/checks/blind_host.hpp"
#include "unit/checks/breakages.hpp"

using namespace cosigner;
using namespace cosigner::checks;
using report::Outcome;

namespace {

bool is_trouble(Outcome outcome) { return outcome == Outcome::warn || outcome == Outcome::fail; }

/// The checks that no fixture makes unhappy, with the reason.
const std::map<std::string, std::string>& never_unhappy() {
  static const std::map<std::string, std::string> all = {
      {"machine.place", "it names the place and what follows from it; one that is not recognised is unknown"},
      {"sgx.settings_files", "it tells which files an upgrade will ask about, which is no trouble"},
  };
  return all;
}

/// The checks that see enough without any right: what they look at needs none; a node that may not be opened is there.
const std::set<std::string>& needs_no_right() {
  static const std::set<std::string> all = {"clock.sane", "clock.synchronised", "security.program", "firmware.launch",
                                            "kernel.config"};
  return all;
}

std::vector<EgressRow> tried_hosts() {
  const SoundMachine sound;
  std::vector<EgressRow> out;
  for (const auto& row : egress_rows(sound.host, sound.settings)) {
    if (!row.check.empty()) out.push_back(row);
  }
  return out;
}

/// What the host's check says when its name has no address.
report::Finding seen_without(const EgressRow& row) {
  SoundMachine machine;
  machine.host.model.addresses.erase(row.host);
  engine::CheckChoice choice;
  choice.only = {row.check};
  return machine.look(choice).at(row.check);
}

std::map<std::string, std::set<Outcome>> outcomes_of_fixtures() {
  std::map<std::string, std::set<Outcome>> out;
  for (const auto& row : tried_hosts()) out[row.check].insert(seen_without(row).outcome);
  for (const auto& [breakage, seen] : broken_machines()) {
    for (const auto& [id, finding] : seen) out[id].insert(finding.outcome);
  }
  for (const Breakage& breakage : log_breakages()) {
    SoundMachine machine;
    breakage.break_it(machine);
    engine::CheckChoice choice;
    choice.only = {breakage.check};
    out[breakage.check].insert(machine.look(choice).at(breakage.check).outcome);
  }
  return out;
}

}  // namespace

TEST_CASE("every check has a machine on which it is unhappy, and one on which it passes") {
  auto seen = outcomes_of_fixtures();
  for (const auto& check : all_checks()) {
    INFO(check.id);
    const auto& outcomes = seen[check.id];
    const bool is_unhappy = std::any_of(outcomes.begin(), outcomes.end(), is_trouble);
    CHECK(is_unhappy == (never_unhappy().count(check.id) == 0));
    CHECK(outcomes.count(Outcome::pass) == 1);
  }
}

TEST_CASE("what may not be looked at is unknown, never missing, broken or well") {
  const SoundMachine sound;
  const BlindHost blind(sound.host.model.now);
  for (const auto& check : all_checks(sound.linked)) {
    if (check.reach == engine::CheckReach::network) continue;  // for those no answer is the finding
    const auto seen = check.look(blind, sound.settings);
    INFO(check.id << " " << report::name_of(seen.outcome) << " " << seen.evidence << seen.because);
    if (needs_no_right().count(check.id) != 0) continue;
    CHECK((seen.outcome == Outcome::unknown || seen.outcome == Outcome::skip));
    CHECK_FALSE(seen.because.empty());
  }
}

TEST_CASE("a check whose parent failed, was skipped or could not look is skipped, is not run, and says because of which") {
  for (const auto& check : all_checks()) {
    if (check.parent.empty()) continue;
    for (const Outcome outcome : {Outcome::fail, Outcome::skip, Outcome::unknown, Outcome::pass, Outcome::warn}) {
      INFO(check.id);
      bool was_run = false;
      engine::Check parent, child = check;
      parent.id = check.parent;
      parent.look = [&](const host::HostView&, const profile::Settings&) {
        engine::Observation seen;
        seen.outcome = outcome;
        return seen;
      };
      child.look = [&](const host::HostView&, const profile::Settings&) {
        was_run = true;
        return engine::Observation();
      };
      const auto seen = engine::run_checks({parent, child}, kit::FakeHost(), {});
      const bool may_run = outcome == Outcome::pass || outcome == Outcome::warn;
      CHECK(was_run == may_run);
      if (may_run) continue;
      CHECK(seen.back().finding.outcome == Outcome::skip);
      CHECK_THAT(seen.back().finding.because, Catch::Contains(check.parent));
    }
  }
}

TEST_CASE("each outbound host that cannot be reached is told by its own check, with what is to blame") {
  for (const auto& row : tried_hosts()) {
    INFO(row.check << " " << row.host);
    const auto seen = seen_without(row);
    CHECK(seen.outcome == (row.when == "optional" ? Outcome::warn : Outcome::fail));
    CHECK_THAT(seen.evidence, Catch::Contains(row.host));
    CHECK_FALSE(seen.remedy.empty());
  }
}
