#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"
#include "unit/cli/paper_machine.hpp"

using namespace cosigner;
using namespace cosigner::cli;

namespace {

std::string said_by(PaperMachine& machine, const std::vector<std::string>& arguments) {
  machine.terminal.said.clear();
  machine.terminal.erred.clear();
  machine.run(arguments);
  return machine.terminal.said;
}

}  // namespace

TEST_CASE("--quiet is silent about what is well and tells what is not") {
  PaperMachine machine;
  CHECK(said_by(machine, {"plan", "--quiet"}).empty());
  CHECK(said_by(machine, {"setup", "--until", "image", "--quiet"}).empty());
  CHECK(machine.has("/made/image"));
  CHECK(said_by(machine, {"status", "--quiet"}).empty());
  CHECK(said_by(machine, {"doctor", "--only", "clock.sane", "--quiet"}).empty());
  const Time now = std::exchange(machine.host.model.now, Time{});
  CHECK_THAT(said_by(machine, {"doctor", "--only", "clock.sane", "--quiet"}), Catch::Contains("clock.sane") && !Catch::Contains("skipped"));
  machine.host.model.now = now;
  machine.host.model.entries.erase("/made/image");
  machine.stage("image").blocked = make_error("engine.missing", "no engine", "Install one.");
  CHECK_THAT(said_by(machine, {"setup", "--until", "image", "--quiet"}) + machine.terminal.erred, Catch::Contains("no engine") && Catch::Contains("Install one."));
}

TEST_CASE("--verbose says more than a usual run") {
  PaperMachine usual, verbose;
  const auto lines = [](const std::string& text) { return lines_of(text).size(); };
  CHECK(lines(said_by(verbose, {"setup", "--until", "image", "--verbose"})) > lines(said_by(usual, {"setup", "--until", "image"})));
  CHECK(lines(said_by(verbose, {"doctor", "--only", "clock.sane", "--verbose"})) > lines(said_by(usual, {"doctor", "--only", "clock.sane"})));
  verbose.environment.libraries = {{"libcurl", "7.88.1"}};
  CHECK(lines(said_by(verbose, {"version", "--verbose"})) > lines(said_by(usual, {"version"})));
}

TEST_CASE("--yes goes on without asking about the plan, and asks the other questions") {
  PaperMachine machine;
  machine.terminal.interactive = true;
  machine.terminal.answers = {"1", ""};  // environment, no registry login
  CHECK(machine.run({"setup", "--yes", "--until", "image"}) == 0);
  CHECK(machine.has("/made/image"));
  CHECK_THAT(machine.terminal.said, !Catch::Contains("Go on?"));
}

TEST_CASE("--json is one document of every verb that answers") {
  PaperMachine machine;
  machine.run({"setup", "--until", "image"});
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"plan", "--json"}, {"status", "--json"}, {"history", "--json"}, {"version", "--json"}, {"profile", "list", "--json"}, {"answers", "schema", "--json"}, {"config", "show", "--json"}, {"doctor", "--offline", "--json"}, {"egress", "--json"}}) {
    INFO(arguments.front());
    CHECK(parse_json(said_by(machine, arguments)).ok());
  }
}

TEST_CASE("--profile wins over the profile of the answers, --answers over the answers of before") {
  PaperMachine machine;
  REQUIRE(machine.run({"setup", "--until", "image"}) == 0);  // so that there is a status
  machine.files.put("/a.json", "{\"version\":1,\"profile\":\"swiss\",\"acknowledgeNoCallback\":true}");
  for (const std::string verb : {"plan", "status"}) {
    INFO(verb);
    const auto profile_of = [&](const std::vector<std::string>& more) {
      std::vector<std::string> arguments = {verb, "--json"};
      arguments.insert(arguments.end(), more.begin(), more.end());
      const auto document = parse_json(said_by(machine, arguments));
      REQUIRE(document.ok());
      return document->value("profile", std::string("none"));
    };
    CHECK(profile_of({}) == "global");
    CHECK(profile_of({"--answers", "/a.json"}) == "swiss");
    CHECK(profile_of({"--answers", "/a.json", "--profile", "europe"}) == "europe");
  }
}

TEST_CASE("pair takes profile and answers") {
  PaperMachine machine;
  machine.files.put("/a.json", "{\"version\":1,\"acknowledgeNoCallback\":true}");
  CHECK(machine.run({"setup", "--answers", "/a.json"}) == 21);
  machine.terminal.piped = paper_token(machine);
  CHECK(machine.run({"pair", "--profile", "nowhere"}) == 2);
  CHECK(machine.run({"pair", "--answers", "/nothing.json"}) == 2);
  CHECK(machine.run({"pair", "--profile", "global", "--answers", "/a.json"}) == 0);
}
