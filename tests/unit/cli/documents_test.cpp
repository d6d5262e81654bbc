#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "kit/schema_check.hpp"
#include "profile/profile_json.hpp"
#include "unit/cli/paper_machine.hpp"

using namespace cosigner;
using namespace cosigner::cli;

namespace {

std::string said_by(PaperMachine& machine, const std::vector<std::string>& arguments) {
  machine.terminal.said.clear();
  machine.run(arguments);
  return machine.terminal.said;
}

}  // namespace

TEST_CASE("every document validates against the schema that it names") {
  PaperMachine machine;
  CHECK(kit::broken_rule_of_document(said_by(machine, {"status", "--json"})).empty());  // an error document
  CHECK(kit::broken_rule_of_document(said_by(machine, {"plan", "--json"})).empty());
  const std::string events = said_by(machine, {"setup", "--json", "--record", "/e.json"});
  for (const auto line : lines_of(events)) {
    INFO(line);
    CHECK(kit::broken_rule_of_document(std::string(line)).empty());
  }
  for (const auto* path : {"/var/lib/cosigner/last-run.json", "/run/cosigner/status.json"}) {
    INFO(path);
    CHECK(kit::broken_rule_of_document(machine.text_of(path)).empty());
  }
  CHECK(kit::broken_rule_of_document(machine.files.files.at("/e.json").bytes).empty());
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{{"plan", "--json"}, {"status", "--json"}, {"history", "--json"}, {"version", "--json"}, {"profile", "list", "--json"}}) {
    INFO(arguments.front());
    CHECK(kit::broken_rule_of_document(said_by(machine, arguments)).empty());
  }
}

TEST_CASE("built-in profiles validate against their schema as written and as shown") {
  for (const auto& name : profile::builtin_profile_names()) {
    INFO(name);
    CHECK(kit::broken_rule_of_document(*profile::merged_profile_text(name)).empty());
    for (const auto& file : shipped_files()) {
      if (file.name == "profiles/" + name + ".json") CHECK(kit::broken_rule_of_document(std::string(file.bytes)).empty());
    }
  }
}

TEST_CASE("the checker itself finds what is wrong") {
  CHECK(kit::broken_rule_of_document("{\"schema\":\"cosigner.version/1\"}") == "/version: required");
  CHECK(kit::broken_rule_of_document("{\"schema\":\"cosigner.nothing/1\"}") == "no schema nothing");
  CHECK(kit::broken_rule_of_document("{\"schema\":\"cosigner.effects/1\",\"run\":1,\"effects\":[]}") == "/run: type");
}
