#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "kit/schema_check.hpp"
#include "state/journal.hpp"
#include "unit/cli/paper_machine.hpp"

using namespace cosigner;
using namespace cosigner::cli;

namespace {

const std::vector<std::string> operations = {"start", "stop", "restart"};
const std::string user = "12345678-1234-4234-8234-123456789abc";

/// A machine on which something was set up, an engine answers and the co-signer runs.
struct SetUp : PaperMachine {
  SetUp() {
    remember({{"pairing.user_ids", user}});
    host.model.engine = host::EngineInfo{};
    host::Container container;
    container.id = "c1";
    container.spec.name = "cosigner";
    container.running = true;
    container.state = "running";
    host.model.containers["cosigner"] = container;
    host.log.clear();
  }
  void remember(std::map<std::string, std::string> values) {
    auto journal = state::Journal::load(host, "/var/lib/cosigner/journal.jsonl");
    REQUIRE(journal);
    state::Record record;
    record.kind = state::Record::Kind::done;
    record.remember = std::move(values);
    REQUIRE(journal->append(host, record).ok());
  }
  std::vector<std::string> looked_at() {
    std::vector<std::string> out;
    for (auto* each : stages) {
      if (each->looks > 0) out.push_back(each->id());
    }
    return out;
  }
};

}  // namespace

TEST_CASE("start, stop and restart want root, the lock, a set-up and an engine, each with its code and without a change") {
  for (const auto& verb : operations) {
    INFO(verb);
    SetUp machine;
    machine.environment.uid = 1000;
    CHECK(machine.run({verb}) == 15);
    CHECK_THAT(machine.terminal.erred, Catch::Contains("sudo cosigner " + verb));
    machine.environment.uid = 0;
    machine.lock_error = make_error("lock.held", "another run holds the lock (pid 812)", "Wait for it to end.");
    CHECK(machine.run({verb}) == 5);
    machine.lock_error.reset();
    machine.host.model.engine.reset();
    CHECK(machine.run({verb}) == 13);
    CHECK_THAT(machine.terminal.erred, Catch::Contains("systemctl start docker"));
    PaperMachine bare;
    CHECK(bare.run({verb}) == 17);
    CHECK(bare.run({verb, "--json"}) == 17);
    CHECK(bare.host.log.calls().empty());
    CHECK(machine.host.log.calls().empty());
  }
}

TEST_CASE("where nobody is paired there is nothing to start, which is for a human") {
  SetUp machine;
  machine.remember({{"pairing.user_ids", ""}});
  CHECK(machine.run({"start"}) == 21);
  CHECK(machine.run({"restart"}) == 21);
  CHECK_THAT(machine.terminal.erred, Catch::Contains("cosigner pair"));
  CHECK(machine.looked_at().empty());
}

TEST_CASE("start goes through image and service, restart pulls nothing, stop looks at the service alone") {
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
      {"start", {"image", "config", "service"}}, {"restart", {"config", "service"}}, {"stop", {"service"}}};
  for (const auto& [verb, wanted] : cases) {
    INFO(verb);
    SetUp machine;
    CHECK(machine.run({verb}) == 0);
    CHECK(machine.looked_at() == wanted);
    CHECK(machine.terminal.reads == 0);
    const auto& service = machine.stage("service");
    CHECK(service.wish == (verb == "stop" ? profile::RunWish::stopped : profile::RunWish::running));
    CHECK(service.replaced == (verb == "restart" ? "c1" : ""));
  }
}

TEST_CASE("the verb is the leave to interrupt the co-signer, but not the engine") {
  SetUp machine;
  machine.stage("service").disruption = engine::Disruption::container;
  CHECK(machine.run({"restart"}) == 0);
  SetUp other;
  other.stage("image").disruption = engine::Disruption::docker;
  CHECK(other.run({"start"}) == 22);
  CHECK_FALSE(other.has("/made/image"));
}

TEST_CASE("a start that the evidence forbids ends with 4 before the service is looked at") {
  SetUp machine;
  machine.stage("config").blocked = make_error("attest.refused", "refused", "Mend it.");
  CHECK(machine.run({"start"}) == 4);
  CHECK(machine.stage("service").looks == 0);
}

TEST_CASE("the journal tells who stopped it and when, and the options of a start by name alone") {
  SetUp machine;
  machine.environment.caller = host::Owner{1000, 1000};
  CHECK(machine.run({"stop"}) == 0);
  machine.terminal.said.clear();
  CHECK(machine.run({"history", "--json"}) == 0);
  const auto document = parse_json(machine.terminal.said);
  REQUIRE(document.ok());
  CHECK((*document)["runs"].back()["who"] == "uid 0, called by uid 1000: stop");
  SetUp other;
  CHECK(other.run({"start", "2026.03.02", "--allow-downgrade", "the new one does not start"}) == 0);
  other.terminal.said.clear();
  CHECK(other.run({"history"}) == 0);
  CHECK_THAT(other.terminal.said, Catch::Contains("--allow-downgrade") && !Catch::Contains("2026.03.02") &&
                                      Catch::Contains("because: the new one does not start"));
}

TEST_CASE("with --json every line of start, stop and restart is an event of the schema, and the last one gives the code") {
  for (const auto& verb : operations) {
    SetUp machine;
    CHECK(machine.run({verb, "--json"}) == 0);
    std::string last;
    for (const auto line : lines_of(machine.terminal.said)) {
      CHECK(kit::broken_rule_of_document(std::string(line)).empty());
      last = std::string(line);
    }
    const auto event = parse_json(last);
    REQUIRE(event.ok());
    CHECK((*event)["event"] == "run_finished");
    CHECK((*event)["exit_code"] == 0);
    CHECK(machine.terminal.erred.empty());
  }
}

TEST_CASE("an unfinished set-up keeps its answers over a stop and a start") {
  SetUp machine;
  kit::Entry kept;
  kept.attributes = {{0600}, {}};
  kept.content = "{\"version\":1,\"wait\":{\"onlineSeconds\":77}}\n";
  machine.host.model.entries["/var/lib/cosigner/answers.json"] = kept;
  CHECK(machine.run({"stop"}) == 0);
  CHECK(machine.run({"start"}) == 0);
  CHECK(machine.text_of("/var/lib/cosigner/answers.json") == kept.content);
}

TEST_CASE("a set-up that attestation refused stays the wish, so that start does not go by the one of before") {
  SetUp machine;
  for (auto* stage : machine.stages) stage->wants_token = false;
  machine.files.put("/first.json", R"({"version":1,"acknowledgeNoCallback":true})");
  REQUIRE(machine.run({"setup", "--answers", "/first.json"}) == 0);
  machine.host.model.entries.erase("/made/service");
  machine.stage("service").blocked = make_error("attest.refused", "refused", "Look.");
  machine.files.put("/other.json", R"({"version":1,"acknowledgeNoCallback":true,"wait":{"onlineSeconds":78}})");
  SECTION("refused") {
    CHECK(machine.run({"setup", "--answers", "/other.json"}) == 4);
    CHECK_THAT(machine.text_of("/var/lib/cosigner/answers.json"), Catch::Contains("78"));
    CHECK(machine.run({"start"}) == 4);
  }
  SECTION("another failure without an effect") {
    machine.stage("service").blocked = make_error("image.absent", "absent", "Look.");
    CHECK(machine.run({"setup", "--answers", "/other.json"}) == 13);
    CHECK_FALSE(machine.has("/var/lib/cosigner/answers.json"));
  }
}

TEST_CASE("after a stop status is 14 and says so, not healthy, for people, programs and everybody") {
  SetUp machine;
  for (auto* stage : machine.stages) stage->wants_token = false;
  REQUIRE(machine.run({"setup"}) == 0);
  REQUIRE(machine.run({"status"}) == 0);
  machine.remember({{"service.stopped_at", "2026-11-26T10:00:00Z"}});
  machine.terminal.said.clear();
  CHECK(machine.run({"status"}) == 14);
  CHECK_THAT(machine.terminal.said, Catch::Contains("Stopped by") && !Catch::Contains("Healthy"));
  machine.terminal.said.clear();
  CHECK(machine.run({"status", "--json"}) == 14);
  CHECK((*parse_json(machine.terminal.said))["healthy"] == false);
  machine.terminal.said.clear();
  CHECK(machine.run({"setup"}) == 0);
  CHECK_THAT(machine.terminal.said, Catch::Contains("cosigner start"));
  CHECK((*parse_json(machine.text_of("/run/cosigner/status.json")))["healthy"] == false);
}
