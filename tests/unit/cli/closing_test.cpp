// The last words of a run: what runs now and how to look at it, and what the human has to do, each only when it is so.
#include "installer/cli/closing.hpp"

#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "unit/cli/paper_machine.hpp"

using namespace cosigner;
using namespace cosigner::cli;

namespace {

const Time noon{std::chrono::seconds(1795694400)};
using std::chrono::hours;

report::RunReport good_run() {
  report::RunReport report;
  report.started = noon;
  report.ended = noon + std::chrono::minutes(5);
  for (const auto* id : {"image", "pairing", "service"}) {
    report.stages.push_back({});
    report.stages.back().id = id;
    report.stages.back().state = report::StageState::converged;
  }
  return report;
}

state::Ledger paired_at(Time at) {
  state::Ledger ledger;
  ledger.values = {{"pairing.paired_at", to_iso(at)}, {"pairing.image", "sha256:a"}, {"image.revision", "2026.10.03"}};
  return ledger;
}

bool says(const std::vector<std::string>& steps, const std::string& part) {
  for (const auto& step : steps) {
    if (step.find(part) != std::string::npos) return true;
  }
  return false;
}

void let_it_run(PaperMachine& machine, bool running = true) {
  machine.host.model.engine = host::EngineInfo{};
  host::Container container;
  container.spec.name = "cosigner";
  container.running = running;
  container.state = running ? "running" : "created";
  machine.host.model.containers["cosigner"] = container;
}

std::string last_line(const std::string& text) {
  const auto lines = lines_of(text);
  return lines.empty() ? std::string() : std::string(lines.back());
}

}  // namespace

TEST_CASE("the Owner's approval is told by the run that paired, with its times, and not again by a repair") {
  const auto ledger = paired_at(noon + std::chrono::minutes(3));
  CHECK(says(next_steps(good_run(), ledger, noon + std::chrono::minutes(5)), "the workspace Owner approves the new key shares"));
  report::RunReport repair = good_run();
  repair.started = noon + hours(1);
  CHECK_FALSE(says(next_steps(repair, ledger, noon + hours(1)), "Owner"));
}

TEST_CASE("the approval is told too when the run paired and then failed") {
  report::RunReport report = good_run();
  report.stages.back().state = report::StageState::failed;
  CHECK(says(next_steps(report, paired_at(noon), noon + hours(1)), "Owner"));
}

TEST_CASE("a database that was found and read is no pairing, and nobody is told to approve it") {
  auto ledger = paired_at(noon);
  ledger.values.erase("pairing.image");
  CHECK_FALSE(says(next_steps(good_run(), ledger, noon + hours(1)), "Owner"));
}

TEST_CASE("status names the approval as long as there is time for it, and says that it may be done already") {
  const auto ledger = paired_at(noon);
  CHECK_THAT(open_approval(ledger, noon + hours(17)), Catch::StartsWith("unless it is done: ") && Catch::Contains("Owner"));
  CHECK(open_approval(ledger, noon + hours(19)).empty());
  CHECK(open_approval({}, noon).empty());
}

TEST_CASE("the last line of a good run says that the co-signer runs, which revision in which container, and how to look at it") {
  PaperMachine machine;
  let_it_run(machine);
  profile::Settings settings;
  settings.profile.cosigner.container_name = "cosigner";
  const std::string text = outcome_text(good_run(), settings, paired_at(noon), machine.host);
  CHECK_THAT(text, Catch::StartsWith("The co-signer runs and is healthy: revision 2026.10.03, container cosigner.") &&
                       Catch::Contains("cosigner status"));
  report::RunReport failed = good_run();
  failed.stages.back().state = report::StageState::failed;
  failed.stages.back().error = make_error("service.unhealthy", "x", "y");
  CHECK(outcome_text(failed, settings, paired_at(noon), machine.host).empty());
  report::RunReport part = good_run();
  part.stages.pop_back();
  CHECK(outcome_text(part, settings, paired_at(noon), machine.host).empty());
}

TEST_CASE(
    "of a co-signer that is not to be started nobody says that it runs, and of one that only happens to run nobody says that it "
    "is healthy") {
  PaperMachine machine;
  let_it_run(machine, false);
  profile::Settings settings;
  settings.profile.cosigner.container_name = "cosigner";
  CHECK(outcome_text(good_run(), settings, {}, machine.host).empty());
  settings.answers.start = false;
  CHECK_THAT(outcome_text(good_run(), settings, {}, machine.host), Catch::Contains("not started, as the answers want it"));
  let_it_run(machine, true);
  CHECK_THAT(outcome_text(good_run(), settings, {}, machine.host), Catch::StartsWith("The co-signer runs: container cosigner."));
}

TEST_CASE("setup ends with that line, on a screen and in a pipe, and JSON lines end with the run's own event") {
  for (const bool screen : {false, true}) {
    PaperMachine machine;
    for (auto* stage : machine.stages) stage->wants_token = false;
    let_it_run(machine);
    machine.terminal.redraw = screen;
    machine.terminal.width = 200;
    CHECK(machine.run({"setup"}) == 0);
    CHECK_THAT(last_line(machine.terminal.said), Catch::Contains("The co-signer runs and is healthy"));
    machine.terminal.said.clear();
    CHECK(machine.run({"setup", "--json"}) == 0);
    CHECK_THAT(last_line(machine.terminal.said), Catch::Contains("run_finished"));
    machine.terminal.said.clear();
    CHECK(machine.run({"setup", "--quiet"}) == 0);
    CHECK(machine.terminal.said.empty());
  }
}

TEST_CASE("a run that ends before the co-signer runs does not say that it runs") {
  PaperMachine machine;
  let_it_run(machine);
  CHECK(machine.run({"setup"}) == 21);
  CHECK_THAT(machine.terminal.said, !Catch::Contains("The co-signer runs"));
  CHECK_THAT(machine.terminal.said, Catch::Contains("cosigner pair"));
}
