#include "engine/run.hpp"

#include <catch2/catch.hpp>

#include "kit/crash.hpp"

using namespace cosigner;
using engine::Step;

namespace {

const Path journal_file = "/var/lib/cosigner/journal.jsonl";

kit::MachineModel bare_machine() {
  kit::MachineModel model;
  for (const char* directory : {"/", "/etc", "/var", "/var/lib"}) model.entries[directory] = {host::FileKind::directory, {{0755}, {}}, "", {}};
  model.entries["/etc/machine-id"] = {host::FileKind::regular, {{0444}, {}}, "0123456789abcdef0123456789abcdef\n", {}};
  return model;
}

/// Wants one file with one content. The smallest stage there is.
class OneFile : public engine::Stage {
 public:
  explicit OneFile(std::string name = "one-file", engine::Disruption disruption = engine::Disruption::none)
      : name_(std::move(name)), disruption_(disruption) {}
  std::string id() const override { return name_; }
  std::string title() const override { return "One file"; }
  Result<engine::StagePlan> look(const host::HostView& host, const engine::StageContext&) const override {
    engine::StagePlan plan;
    if (blocked) plan.blocked = make_error("hardware.sgx_not_offered", "no SGX", "Use another machine.");
    if (waiting) plan.waiting = make_error("pairing.token_needed", "no token", "Get one.");
    const auto content = TRY(host.files().read(path()));
    if (content && *content == "wanted" && !never_content) return plan;
    Step step{"write", engine::WriteFile{path(), "wanted", {{0644}, {}}, "file", true, false}, "it is wanted", "remove it"};
    step.disruption = disruption_;
    plan.steps.push_back(step);
    return plan;
  }
  Path path() const { return Path("/etc") / name_; }
  bool blocked = false, waiting = false, never_content = false;

 private:
  std::string name_;
  engine::Disruption disruption_;
};

/// Its one step fills the disk the first time and fails for it.
class FillsDisk : public engine::Stage {
 public:
  std::string id() const override { return "fills-disk"; }
  std::string title() const override { return "Fills the disk"; }
  Result<engine::StagePlan> look(const host::HostView&, const engine::StageContext&) const override {
    engine::StagePlan plan;
    if (tries_ < 2) plan.steps.push_back({"fill", engine::Custom{"fill", {}}, "it is wanted", "remove it"});
    return plan;
  }
  Result<engine::Remembered> apply(const engine::Custom&, host::Host& host, const engine::StageContext&, const host::ProgressSink&) const override {
    if (++tries_ > 1) return engine::Remembered{};
    static_cast<kit::FakeHost&>(host).model.free_space = 0;
    return make_error("packages.disk_full", "no space is left on the device", "Free space on the disk.");
  }

 private:
  mutable int tries_ = 0;
};

class Ears : public report::EventSink {
 public:
  void on(const report::Event& event, Time) override { heard.push_back(event); }
  template <class T>
  int count() const {
    int number = 0;
    for (const auto& event : heard) number += std::holds_alternative<T>(event) ? 1 : 0;
    return number;
  }
  std::vector<report::Event> heard;
};

struct Rig {
  kit::FakeHost host{bare_machine()};
  profile::Settings settings;
  Ears ears;
  CancelToken cancel;

  report::RunReport run(const std::vector<const engine::Stage*>& stages, std::optional<engine::Disruption> budget = std::nullopt) {
    auto loaded = state::Journal::load(host, journal_file);
    REQUIRE(loaded);
    state::Journal journal = std::move(loaded).value();
    engine::Run run({host, journal, settings, ears, cancel, "", "0.1.0", "root setup"}, "setup");
    run.set_budget(budget);
    run.start();
    run.go(stages);
    return run.finish();
  }
  state::Journal journal() { return state::Journal::load(host, journal_file).value(); }
};

}  // namespace

TEST_CASE("a run makes true what is wanted, and a second run has no effect and writes nothing") {
  Rig rig;
  OneFile stage;
  const auto first = rig.run({&stage});
  CHECK(first.effects == 1);
  CHECK(report::exit_code_of(first) == report::ExitCode::ok);
  CHECK(rig.host.model.entries.at("/etc/one-file").content == "wanted");

  rig.host.log.clear();
  const auto second = rig.run({&stage});
  CHECK(second.effects == 0);
  CHECK(rig.host.log.calls().empty());
}

TEST_CASE("intent is durable before the effect and the outcome after it") {
  Rig rig;
  OneFile stage;
  rig.run({&stage});
  std::vector<std::string> order;
  for (const auto& call : rig.host.log.calls()) {
    if (call.find("journal") != std::string::npos) order.push_back("journal");
    if (call.find("/etc/one-file") != std::string::npos) order.push_back("effect");
  }
  CHECK(order == std::vector<std::string>{"journal", "journal", "effect", "journal", "journal"});
}

TEST_CASE("a file of somebody else is kept before it is replaced") {
  Rig rig;
  OneFile stage;
  rig.host.model.entries["/etc/one-file"] = {host::FileKind::regular, {{0644}, {}}, "the operator's", {}};
  rig.run({&stage});
  const auto journal = rig.journal();
  const auto* entry = journal.ledger().find("file", "/etc/one-file");
  REQUIRE(entry);
  CHECK(entry->ownership == state::Ownership::replaced);
  CHECK(rig.host.model.entries.at(entry->backup).content == "the operator's");
}

TEST_CASE("our own file that drifted is not kept as if it were somebody else's") {
  Rig rig;
  OneFile stage;
  rig.run({&stage});
  rig.host.model.entries["/etc/one-file"].content = "drifted";
  rig.run({&stage});
  CHECK(rig.journal().ledger().find("file", "/etc/one-file")->backup.empty());
}

TEST_CASE("a stage that is blocked ends the run with its error and the later stages are not touched") {
  Rig rig;
  OneFile first("first"), second("second");
  first.blocked = true;
  const auto report = rig.run({&first, &second});
  CHECK(report.stages.size() == 1);
  CHECK(report.stages[0].state == report::StageState::blocked);
  CHECK(report::exit_code_of(report) == report::ExitCode::unsupported_machine);
  CHECK(rig.host.model.entries.count("/etc/second") == 0);
}

TEST_CASE("what can be done before a human is needed is done, then the run ends with 21") {
  Rig rig;
  OneFile first("first");
  first.waiting = true;
  const auto report = rig.run({&first});
  CHECK(rig.host.model.entries.count("/etc/first") == 1);
  CHECK(report.stages[0].state == report::StageState::waiting);
  CHECK(report::exit_code_of(report) == report::ExitCode::waiting_for_human);
}

TEST_CASE("a step above the disruption budget is held back, listed and not done") {
  Rig rig;
  OneFile stage("restart", engine::Disruption::container);
  const auto report = rig.run({&stage}, engine::Disruption::aesm);
  CHECK(report.effects == 0);
  CHECK(report.stages[0].state == report::StageState::held);
  CHECK(report.stages[0].error->message.find("container") != std::string::npos);
  CHECK(report::exit_code_of(report) == report::ExitCode::held_back);
  CHECK(rig.run({&stage}, engine::Disruption::container).effects == 1);
}

TEST_CASE("a stage whose plan does not become empty is named, not repeated for ever") {
  Rig rig;
  OneFile stage;
  stage.never_content = true;
  const auto report = rig.run({&stage});
  CHECK(report.stages[0].error->code == "verify.not_converged");
  CHECK(report.effects == 1);
}

TEST_CASE("a failing step ends the run, is in the journal, and the next run tries again") {
  Rig rig;
  OneFile stage;
  rig.host.log.set_fault({3, kit::Fault::When::before, kit::Fault::What::error});  // the effect: after directory, start and intent
  const auto report = rig.run({&stage});
  REQUIRE(report.stages[0].state == report::StageState::failed);
  CHECK(report.stages[0].error->context.back() == "stage one-file");
  rig.host.log.clear();
  CHECK(report::exit_code_of(rig.run({&stage})) == report::ExitCode::ok);
}

TEST_CASE("where a full disk stops a stage and then the journal too, the run ends with the stage's code") {
  Rig rig;
  FillsDisk stage;
  CHECK(report::exit_code_of(rig.run({&stage})) == report::ExitCode::packages_failed);
  rig.host.model.free_space = 1 << 20;
  CHECK(report::exit_code_of(rig.run({&stage})) == report::ExitCode::ok);
}

TEST_CASE("a run whose end alone cannot be noted has failed") {
  Rig rig;
  OneFile stage;
  rig.host.log.set_fault({5, kit::Fault::When::before, kit::Fault::What::error});  // after directory, start, intent, effect and outcome
  const auto report = rig.run({&stage});
  CHECK(report.stages[0].state == report::StageState::converged);
  CHECK(report::exit_code_of(report) == report::ExitCode::failed);
}

TEST_CASE("a step that crashed three times in a row is not tried a fourth time, and the run after that may try again") {
  Rig rig;
  OneFile stage;
  for (int crash = 0; crash < 3; ++crash) {
    rig.host.log.clear();
    const int effect = crash == 0 ? 3 : 2;  // the first run makes the directory too
    rig.host.log.set_fault({effect, kit::Fault::When::before, kit::Fault::What::die});
    CHECK_THROWS_AS(rig.run({&stage}), kit::PowerCut);
  }
  REQUIRE(rig.journal().ledger().open_attempts.at("one-file/write") == 3);
  rig.host.log.clear();
  const auto report = rig.run({&stage});
  CHECK(report.stages[0].error->code == "run.crashed_thrice");
  CHECK(report::exit_code_of(report) == report::ExitCode::crashed_thrice);
  CHECK(report::exit_code_of(rig.run({&stage})) == report::ExitCode::ok);
}

TEST_CASE("a cancelled run ends before the next step with the signal's code, and the next run goes on") {
  Rig rig;
  OneFile stage;
  rig.cancel.request(2);
  const auto report = rig.run({&stage});
  CHECK(report.effects == 0);
  CHECK(report::exit_code_of(report) == report::ExitCode::interrupted);
}

TEST_CASE("die before or after every writing call, resume: the same machine as without the crash, then no effect") {
  Rig plain;
  OneFile stage;
  plain.host.model.entries["/etc/one-file"] = {host::FileKind::regular, {{0644}, {}}, "the operator's", {}};
  const kit::MachineModel start = plain.host.model;
  plain.run({&stage});
  const std::string wanted = kit::settled_state(plain.host.model);
  const auto calls = plain.host.log.calls();
  REQUIRE(calls.size() >= 6);

  kit::at_every_call(calls, [&](const kit::Fault& fault) {
    Rig rig;
    rig.host.model = start;
    kit::die(rig.host, fault, [&] { rig.run({&stage}); });
    CHECK(report::exit_code_of(rig.run({&stage})) == report::ExitCode::ok);
    CHECK(kit::settled_state(rig.host.model) == wanted);
    rig.host.log.clear();
    CHECK(rig.run({&stage}).effects == 0);
    CHECK(rig.host.log.calls().empty());
  });
}

TEST_CASE("every event comes in the order of the loop") {
  Rig rig;
  OneFile stage;
  rig.run({&stage});
  CHECK(rig.ears.count<report::RunStarted>() == 1);
  CHECK(rig.ears.count<report::StepStarted>() == 1);
  CHECK(rig.ears.count<report::StepFinished>() == 1);
  CHECK(rig.ears.count<report::RunFinished>() == 1);
  CHECK(std::holds_alternative<report::RunStarted>(rig.ears.heard.front()));
  CHECK(std::holds_alternative<report::RunFinished>(rig.ears.heard.back()));
}
