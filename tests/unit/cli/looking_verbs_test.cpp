#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "kit/golden.hpp"
#include "kit/schema_check.hpp"
#include "state/journal.hpp"
#include "unit/cli/paper_machine.hpp"

using namespace cosigner;
using namespace cosigner::cli;
using nlohmann::json;

TEST_CASE("plan changes nothing, shows stages, and --check says 20 when anything is pending") {
  PaperMachine machine;
  CHECK(machine.run({"plan"}) == 0);
  CHECK(machine.run({"plan", "--check"}) == 20);
  CHECK(machine.host.log.calls().empty());
  machine.terminal.said.clear();
  CHECK(machine.run({"plan", "--json"}) == 0);
  const json document = *parse_json(machine.terminal.said);
  CHECK(document["schema"] == "cosigner.plan/1");
  CHECK(document["stages"][0]["state"] == "pending");
  CHECK(document["stages"][2]["state"] == "blocked");
  const json step = document["stages"][0]["steps"][0];
  for (const auto* key : {"id", "kind", "subject", "why", "undo", "disruption"}) CHECK(step.contains(key));
}

TEST_CASE("plan --check is 0 when all is as wanted, and 15 when it could not look") {
  PaperMachine machine;
  CHECK(machine.run({"setup", "--until", "image"}) == 0);
  CHECK(machine.run({"plan", "--check", "--until", "image"}) == 0);
  machine.environment.uid = machine.environment.gid = 1000;
  machine.stage("image").error = make_error("host.permission_denied", "not for you", "");
  CHECK(machine.run({"plan", "--check", "--until", "image"}) == 15);
  CHECK_THAT(machine.terminal.said, Catch::Contains("could not look"));
}

TEST_CASE("plan --diff shows what files become, --out writes the document to a new file") {
  PaperMachine machine;
  CHECK(machine.run({"plan", "--diff", "--out", "/plan.json"}) == 0);
  CHECK_THAT(machine.terminal.said, Catch::Contains("+ content of hardware"));
  CHECK(parse_json(machine.files.files.at("/plan.json").bytes).ok());
  CHECK(machine.run({"plan", "--out", "/plan.json"}) == 2);
}

TEST_CASE("the plan for people is this") {
  PaperMachine machine;
  CHECK(machine.run({"plan"}) == 0);
  CHECK(machine.terminal.said == kit::golden("tests/golden/cli/plan.txt", machine.terminal.said));
}

TEST_CASE("plan names every weakening that a pair of files needs") {
  PaperMachine machine;
  machine.files.put("/lab.json", R"({"schema":"cosigner.profile/1","name":"lab","extends":"global","simulation":true})");
  CHECK(machine.run({"plan", "--profile", "/lab.json"}) == 0);
  CHECK_THAT(machine.terminal.said, Catch::Contains("simulation.on") && Catch::Contains("SIMULATION"));
  machine.files.put("/a.json", R"({"version":1,"profile":"/lab.json"})");
  CHECK(machine.run({"plan", "--answers", "/a.json"}) == 2);
  CHECK_THAT(machine.terminal.erred, Catch::Contains("acceptWeaker") && Catch::Contains("simulation.on"));
}

TEST_CASE("what can only be judged after pairing waits for it, in plan and status") {
  PaperMachine machine;
  machine.stage("service").only_looks = true;
  machine.stage("service").findings = {{"service.healthy", "the co-signer is up", report::Outcome::skip, "nobody is paired yet", "", "", "there is nothing to run"}};
  CHECK(machine.run({"plan"}) == 0);
  CHECK_THAT(machine.terminal.said, Catch::Contains("service: waits for config"));  // which waits for pairing itself
  machine.run({"setup"});
  machine.terminal.said.clear();
  machine.stage("config").only_looks = true;
  machine.stage("config").findings = machine.stage("service").findings;
  CHECK(machine.run({"status"}) == 21);
  CHECK_THAT(machine.terminal.said, Catch::Contains("service: waits for pairing") && Catch::Contains("config: waits for pairing"));
}

TEST_CASE("plan and status are broken at words by the width of the screen, or by 80 columns where that is unknown") {
  PaperMachine machine;
  machine.stage("image").blocked = make_error("image.digest_unaccepted", "the registry gives for registry.example/team/cosigner:2026.10.03 a digest which nobody has accepted yet",
                                              "Compare it with what the vendor published, then run again with the option that accepts it.");
  machine.run({"setup"});
  for (const int width : {80, 50}) {
    machine.terminal.width = width;
    for (const std::string verb : {"plan", "status"}) {
      machine.terminal.said.clear();
      machine.run({verb});
      for (const auto line : lines_of(machine.terminal.said)) {
        INFO(line);
        CHECK(line.size() <= static_cast<std::size_t>(width));
      }
    }
  }
}

TEST_CASE("a profile file that others may write is refused") {
  PaperMachine machine;
  machine.files.put("/lab.json", R"({"schema":"cosigner.profile/1","name":"lab","extends":"global"})", 0, 0666);
  CHECK(machine.run({"plan", "--profile", "/lab.json"}) == 2);
  CHECK_THAT(machine.terminal.erred, Catch::Contains("answers.file_unsafe"));
}

TEST_CASE("status says 17 where nothing was set up, 21 while a token is missing, 0 when all is well") {
  PaperMachine machine;
  CHECK(machine.run({"status"}) == 17);
  machine.run({"setup"});
  CHECK(machine.run({"status"}) == 21);
  for (auto* stage : machine.stages) stage->wants_token = false;
  machine.run({"setup"});
  machine.terminal.said.clear();
  CHECK(machine.run({"status", "--json"}) == 0);
  const json document = *parse_json(machine.terminal.said);
  CHECK(document["schema"] == "cosigner.status/1");
  CHECK(document["healthy"] == true);
  CHECK(document["attested_by"] == "nobody");
  CHECK(document["last_run"]["exit_code"] == 0);
  CHECK(document["container"].is_null());
}

TEST_CASE("no text of a machine that the vendor attested says verified") {
  PaperMachine machine;
  machine.run({"setup"});
  machine.run({"status"});
  CHECK_THAT(machine.terminal.said, !Catch::Contains("verified"));
}

TEST_CASE("status says as of when the enclave was attested, how long ago that is, and how long it is good") {
  PaperMachine machine;
  machine.run({"setup"});
  machine.terminal.width = 200;  // the sentence is the point here, not where it is broken
  const Time at = machine.host.model.now;
  auto journal = state::Journal::load(machine.host, "/var/lib/cosigner/journal.jsonl");
  REQUIRE(journal);
  state::Record record;
  record.kind = state::Record::Kind::done;
  record.remember = {{"attestation.by", "this_program"}, {"attestation.at", to_iso(at)}, {"attestation.valid_until", to_iso(at + std::chrono::hours(480))}};
  REQUIRE(journal->append(machine.host, record).ok());
  const auto said_after = [&](std::chrono::minutes later, const std::vector<std::string>& arguments) {
    machine.host.model.now = at + later;
    machine.terminal.said.clear();
    machine.run(arguments);
    return machine.terminal.said;
  };
  CHECK_THAT(said_after(std::chrono::minutes(64), {"status"}), Catch::Contains("verified by this program, as of " + to_people_time(at) + ", 1 h 04 min ago, good until "));
  CHECK_THAT(said_after(std::chrono::hours(100), {"status"}), Catch::Contains(", 4 d 4 h ago"));
  CHECK_THAT(said_after(std::chrono::hours(-1), {"status"}), Catch::Contains("which this clock has not reached yet"));
  const json document = *parse_json(said_after(std::chrono::hours(1), {"status", "--json"}));
  CHECK(document["attested_age_seconds"] == 3600);
  CHECK(document["attested_until"] == to_iso(at + std::chrono::hours(480)));
  CHECK(kit::broken_rule_of_document(machine.terminal.said) == "");
}

TEST_CASE("history tells who did what, run by run") {
  PaperMachine machine;
  CHECK(machine.run({"history"}) == 17);
  machine.environment.caller = host::Owner{1000, 1000};
  machine.run({"setup", "--until", "image", "--yes"});
  machine.terminal.said.clear();
  CHECK(machine.run({"history", "--json"}) == 0);
  const json document = *parse_json(machine.terminal.said);
  REQUIRE(document["runs"].size() == 1);
  const json run = document["runs"][0];
  CHECK_THAT(run["who"].get<std::string>(), Catch::Contains("called by uid 1000: setup") && Catch::Contains("--until") && !Catch::Contains("image"));
  CHECK(run["steps"].size() == 2);
  machine.terminal.said.clear();
  CHECK(machine.run({"history", run["run"].get<std::string>()}) == 0);
  CHECK_THAT(machine.terminal.said, Catch::Contains("hardware/file  file /made/hardware"));
}

TEST_CASE("look-ups need no root, no network and no state") {
  PaperMachine machine;
  machine.environment.uid = machine.environment.gid = 1000;
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{{"answers", "schema"}, {"answers", "example"}, {"profile", "list"}, {"profile", "show", "swiss"},
                                                                                        {"profile", "export", "europe"}, {"version"}, {"version", "--json"}, {"help"}, {"help", "setup"}}) {
    INFO(arguments.front());
    machine.terminal.said.clear();
    CHECK(machine.run(arguments) == 0);
    CHECK_FALSE(machine.terminal.said.empty());
  }
  CHECK(machine.host.model.traffic.empty());
  CHECK(machine.host.log.calls().empty());
}

TEST_CASE("wrong words of look-ups are exit 2 with the right ones") {
  PaperMachine machine;
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{{"answers"}, {"answers", "x"}, {"profile"}, {"profile", "show"}, {"profile", "show", "nowhere"}, {"config"}}) {
    CHECK(machine.run(arguments) == 2);
  }
}

TEST_CASE("config validate tells every problem of a file") {
  PaperMachine machine;
  machine.files.put("/a.json", "{\"version\":1,\"strat\":true}");
  CHECK(machine.run({"config", "validate", "/a.json"}) == 2);
  CHECK_THAT(machine.terminal.erred, Catch::Contains("did you mean \"start\"?"));
  machine.files.put("/a.json", "{\"version\":1,\"profile\":\"globall\"}");
  CHECK(machine.run({"config", "validate", "/a.json"}) == 2);
  CHECK_THAT(machine.terminal.erred, Catch::Contains("global") && !Catch::Contains("globall"));
  CHECK(machine.run({"config", "show"}) == 17);
}

TEST_CASE("a verb of a later issue says that it is not built, with exit 2") {
  PaperMachine machine;
  CHECK(machine.run({"uninstall", "--json"}) == 2);
  CHECK_THAT(machine.terminal.said + machine.terminal.erred, Catch::Contains("not built in this version"));
}

TEST_CASE("an exported profile reads as a profile") {
  PaperMachine machine;
  CHECK(machine.run({"profile", "export", "swiss"}) == 0);
  machine.files.put("/my.json", machine.terminal.said);
  CHECK(machine.run({"plan", "--profile", "/my.json"}) == 0);
}
