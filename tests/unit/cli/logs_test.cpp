#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "kit/schema_check.hpp"
#include "unit/cli/paper_machine.hpp"

using namespace cosigner;
using namespace cosigner::cli;

namespace {

struct Logging : PaperMachine {
  Logging() {
    host.model.entries["/var/lib/cosigner/journal.jsonl"] = {host::FileKind::regular, {{0600}, {}}, "", {}};
    host.model.engine = host::EngineInfo{};
    for (const std::string name : {"cosigner", "cosigner-init", "other"}) {
      host::Container container;
      container.spec.name = name;
      container.running = true;
      container.state = "running";
      host.model.containers[name] = container;
      host.model.container_logs[name] = name + " one\n" + name + " two\n" + name + " three\n";
    }
  }
};

}  // namespace

TEST_CASE("logs gives the last 3000 lines of the co-signer, or so many of one of its containers, the number first") {
  Logging machine;
  CHECK(machine.run({"logs"}) == 0);
  CHECK(machine.terminal.said == "cosigner one\ncosigner two\ncosigner three\n");
  machine.terminal.said.clear();
  CHECK(machine.run({"logs", "1", "cosigner-init"}) == 0);
  CHECK(machine.terminal.said == "cosigner-init three\n");
  machine.terminal.said.clear();
  CHECK(machine.run({"logs", "cosigner-init"}) == 0);
  CHECK(lines_of(machine.terminal.said).size() == 3);
  std::string long_log;
  for (int line = 0; line < 3100; ++line) long_log += std::to_string(line) + "\n";
  machine.host.model.container_logs["cosigner"] = long_log;
  machine.terminal.said.clear();
  CHECK(machine.run({"logs"}) == 0);
  CHECK(lines_of(machine.terminal.said).size() == 3000);
  CHECK(machine.host.log.calls().empty());
}

TEST_CASE("logs shows no container but the co-signer's own, and quotes nothing that was typed") {
  Logging machine;
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{{"logs", "5", "other"},
                                                                                         {"logs", "other"},
                                                                                         {"logs", "../other"},
                                                                                         {"logs", "cosigner", "5"},
                                                                                         {"logs", "1000001"},
                                                                                         {"logs", "-5"},
                                                                                         {"logs", "99999999999999999999"},
                                                                                         {"logs", "/etc/shadow"}}) {
    INFO(arguments.at(1));
    CHECK(machine.run(arguments) == 2);
  }
  CHECK(machine.terminal.said.empty());
  CHECK_THAT(machine.terminal.erred, !Catch::Contains("shadow") && !Catch::Contains("other one"));
}

TEST_CASE("logs wants root, a set-up, an engine and a container") {
  Logging machine;
  machine.environment.uid = 1000;
  CHECK(machine.run({"logs"}) == 15);
  machine.environment.uid = 0;
  machine.host.model.containers.erase("cosigner");
  CHECK(machine.run({"logs"}) == 13);
  CHECK_THAT(machine.terminal.erred, Catch::Contains("cosigner start") && Catch::Contains("/databases/cosigner/log"));
  machine.host.model.engine.reset();
  CHECK(machine.run({"logs"}) == 13);
  PaperMachine bare;
  CHECK(bare.run({"logs"}) == 17);
  CHECK(machine.locks == 0);
}

TEST_CASE("a log cannot steer the terminal, and --raw goes into a pipe only") {
  Logging machine;
  machine.host.model.container_logs["cosigner"] =
      "a\x1b]0;evil\x07"
      "b\n";
  CHECK(machine.run({"logs"}) == 0);
  CHECK(machine.terminal.said == "a\\x1b]0;evil\\x07b\n");
  machine.terminal.said.clear();
  CHECK(machine.run({"logs", "--raw"}) == 0);
  CHECK(machine.terminal.said == machine.host.model.container_logs["cosigner"]);
  machine.terminal.said.clear();
  machine.terminal.redraw = true;
  CHECK(machine.run({"logs", "--raw"}) == 2);
  CHECK(machine.terminal.said.empty());
  CHECK_THAT(machine.terminal.erred, Catch::Contains("usage.raw_on_terminal"));
}

TEST_CASE("-f goes on with what comes and ends with the container, or quietly when nobody reads any more") {
  Logging machine;
  machine.host.model.coming_logs["cosigner"] = {"fo", "ur\nfive", "\n"};
  CHECK(machine.run({"logs", "1"}) == 0);
  CHECK(machine.terminal.said == "cosigner three\n");
  machine.terminal.said.clear();
  CHECK(machine.run({"logs", "1", "-f"}) == 0);
  CHECK(machine.terminal.said == "cosigner three\nfour\nfive\n");
  machine.terminal.said.clear();
  machine.terminal.output_closed = true;
  CHECK(machine.run({"logs", "1", "-f"}) == 0);
  CHECK(machine.terminal.said == "cosigner three\n");
  CHECK(machine.terminal.erred.empty());
}

TEST_CASE("logs --json is one document of its schema, and no document is endless or raw") {
  Logging machine;
  CHECK(machine.run({"logs", "2", "--json"}) == 0);
  CHECK(kit::broken_rule_of_document(machine.terminal.said).empty());
  const auto document = parse_json(machine.terminal.said);
  REQUIRE(document.ok());
  CHECK((*document)["container"] == "cosigner");
  CHECK((*document)["lines"] == nlohmann::json({"cosigner two", "cosigner three"}));
  CHECK(machine.run({"logs", "-f", "--json"}) == 2);
  CHECK(machine.run({"logs", "--raw", "--json"}) == 2);
}
