// What is asked at a terminal on behalf of the stage sgx-packages.
#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "unit/cli/paper_machine.hpp"

using namespace cosigner;
using namespace cosigner::cli;

namespace {

const std::string digest = "sha256:" + std::string(64, '7');

/// Wants to know which units to stop, then a digest to be accepted, then writes down both.
class AskingStage : public engine::Stage {
 public:
  bool asks_units = false;
  bool asks_digest = false;

  std::string id() const override { return "sgx-packages"; }
  std::string title() const override { return "SGX software"; }
  Result<engine::StagePlan> look(const host::HostView& host, const engine::StageContext& context) const override {
    engine::StagePlan plan;
    if (TRY(host.files().stat("/made/sgx"))) return plan;
    const auto& accepted = context.settings.accepted_digests;
    if (asks_units && !context.settings.answers.stop_units_decided) plan.blocked = make_error("answers.stop_units_undecided", "undecided", "Set attestation.stopUnits.");
    else if (asks_digest && accepted.empty()) plan.blocked = make_error("image.digest_unaccepted", "the registry gives for ghcr.io/x/aesmd:master the digest " + digest + ", which nobody has accepted yet", "Accept it.");
    if (plan.blocked) return plan;
    const std::string text = "units:" + joined(context.settings.answers.stop_units, ",") + " digest:" + joined(accepted, ",");
    plan.steps.push_back({"file", engine::WriteFile{"/made/sgx", text, {{0644}, {}}}, "it is missing", "removed", engine::Disruption::none, true, "created"});
    return plan;
  }
};

struct AskingMachine : PaperMachine {
  AskingStage* asking = nullptr;
  AskingMachine() {
    auto stage = std::make_unique<AskingStage>();
    asking = stage.get();
    environment.stages.insert(environment.stages.begin() + 1, std::move(stage));
    terminal.interactive = true;
    for (const char* unit : {"enclave-app.service", "enclave.timer"}) host.model.units[unit].state = {true, "active", "enabled", false};
  }
};

}  // namespace

TEST_CASE("which units use enclaves is asked before the plan, again until systemd knows them all, and none is an answer") {
  AskingMachine machine;
  machine.asking->asks_units = true;
  machine.terminal.answers = {"1"};  // environment
  SECTION("named") {
    for (const char* answer : {"enclave-ap", "enclave-app enclave.timer", "y"}) machine.terminal.answers.emplace_back(answer);
    machine.run({"setup", "--until", "sgx-packages"});
    CHECK(machine.text_of("/made/sgx") == "units:enclave-app.service,enclave.timer digest:");
    CHECK_THAT(machine.terminal.said + machine.terminal.erred, Catch::Contains("enclave-ap.service"));
  }
  SECTION("none") {
    for (const char* answer : {"", "y"}) machine.terminal.answers.emplace_back(answer);
    machine.run({"setup", "--until", "sgx-packages"});
    CHECK(machine.text_of("/made/sgx") == "units: digest:");
  }
  CHECK(machine.terminal.answers.empty());
  CHECK(machine.terminal.said.find("Units that use enclaves") < machine.terminal.said.rfind("Go on?"));
}

TEST_CASE("unattended nobody is asked which units to stop: the run ends with 2 and names the key") {
  AskingMachine machine;
  machine.asking->asks_units = true;
  machine.terminal.interactive = false;
  machine.files.put("/a.json", "{\"version\":1,\"acknowledgeNoCallback\":true}");
  CHECK(machine.run({"setup", "--answers", "/a.json"}) == 2);
  CHECK_THAT(machine.terminal.said + machine.terminal.erred, Catch::Contains("attestation.stopUnits"));
  machine.files.put("/a.json", "{\"version\":1,\"acknowledgeNoCallback\":true,\"attestation\":{\"stopUnits\":[]}}");
  machine.run({"setup", "--answers", "/a.json"});
  CHECK(machine.text_of("/made/sgx") == "units: digest:");
}

TEST_CASE("a digest that the stage sgx-packages asks for is accepted by a typed yes, and the stages before it are not run again") {
  AskingMachine machine;
  machine.asking->asks_digest = true;
  machine.terminal.answers = {"1", "y", "y"};  // environment, go on, accept
  machine.run({"setup", "--until", "sgx-packages"});
  CHECK(machine.text_of("/made/sgx") == "units: digest:" + digest);
  CHECK_THAT(machine.terminal.said, Catch::Contains("for the image of the SGX service daemon") && Catch::Contains(digest));
  CHECK(machine.terminal.answers.empty());
}
