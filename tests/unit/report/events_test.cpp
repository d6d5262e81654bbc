#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "report/event_json.hpp"
#include "report/event_text.hpp"

using namespace cosigner;
using namespace cosigner::report;
using nlohmann::json;

namespace {

const Time noon{std::chrono::seconds(1795694400)};

std::vector<Event> one_of_each(const std::string& text) {
  RunReport report;
  report.error = make_error("network.timed_out", text, text);
  report.next_steps = {text};
  Finding finding{"a.b", text, Outcome::warn, text, text, "", ""};
  return {RunStarted{"id", "setup", "1", text, true, {text}}, StageStarted{"image", text}, StageFound{"image", {finding}, 2}, StepStarted{"image", "pull", "image", text, text},
          StepProgressed{"image", "pull", text, 1, 2, std::nullopt}, StepFinished{"image", "pull", {}, make_error("a.b", text)}, StageFinished{"image", StageState::failed, {}, make_error("a.b", text)},
          Heartbeat{"image", text}, Note{"image", text}, RunFinished{report, ExitCode::network_failed}};
}

}  // namespace

TEST_CASE("every event is one JSON line with schema, time and name") {
  for (const auto& event : one_of_each("plain")) {
    const std::string line = event_line(event, noon);
    CHECK(line.find('\n') == std::string::npos);
    const auto value = parse_json(line);
    REQUIRE(value.ok());
    CHECK((*value)["schema"] == "cosigner.event/1");
    CHECK((*value)["time"] == "2026-11-26T12:00:00Z");
    CHECK((*value)["event"].is_string());
  }
}

TEST_CASE("the last event carries exit code and effects") {
  RunReport report;
  report.effects = 7;
  const json value = *parse_json(event_line(RunFinished{report, ExitCode::held_back}, noon));
  CHECK(value["event"] == "run_finished");
  CHECK(value["exit_code"] == 22);
  CHECK(value["effects"] == 7);
}

TEST_CASE("text of an event never carries control characters of foreign text") {
  const std::string hostile = "a\x1b]0;owned\x07\nb\rc\xE2\x80\xAE" "d";
  for (const auto& event : one_of_each(hostile)) {
    for (const auto& line : event_text(event, Detail::verbose)) {
      for (const char c : line) CHECK(static_cast<unsigned char>(c) >= 0x20);
      CHECK(line.find("\xE2\x80\xAE") == std::string::npos);
    }
  }
}

TEST_CASE("the title of a check is shown only with a pass; what did not pass is told by what was seen, with the check's id") {
  Finding finding{"machine.ram", "There is enough memory", Outcome::pass, "16.0 GB of memory", "", "", ""};
  CHECK(finding_text(finding) == "pass: There is enough memory: 16.0 GB of memory");
  finding.evidence = "4.1 GB of memory, below the advised 14.1 GB";
  for (const auto outcome : {Outcome::warn, Outcome::fail}) {
    finding.outcome = outcome;
    CHECK(finding_text(finding) == std::string(name_of(outcome)) + ": 4.1 GB of memory, below the advised 14.1 GB (machine.ram)");
    for (const auto& line : event_text(StageFound{"hardware", {finding}, 0}, Detail::verbose)) CHECK(line.find(finding.title) == std::string::npos);
  }
  finding = {"dev.enclave", "The enclave device can be opened", Outcome::skip, "", "", "cpu.sgx", "not run because cpu.sgx did not pass"};
  CHECK(finding_text(finding) == "skip: not run because cpu.sgx did not pass (dev.enclave)");
}

TEST_CASE("a run names each weakening once, however many things it is about") {
  const auto lines = event_text(RunStarted{"id", "setup", "1", "lab", false, {"key.other_fingerprint", "simulation.on", "key.other_fingerprint"}}, Detail::normal);
  REQUIRE(lines.size() == 2);
  CHECK_THAT(lines[1], Catch::Contains("key.other_fingerprint, simulation.on (") && Catch::Contains("cosigner plan"));
}

TEST_CASE("an error is told with place, code and remedy, as the house says") {
  Error error = make_error("apt.key_expired", "the signing key of the Intel SGX source expired on 2027-03-20", "Run `cosigner setup` again with a profile that lists the new fingerprint.");
  CHECK(error_text("apt-repo", error) == std::vector<std::string>{"apt-repo: the signing key of the Intel SGX source expired on 2027-03-20 (apt.key_expired).",
                                                                  "  Run `cosigner setup` again with a profile that lists the new fingerprint."});
}

TEST_CASE("the report of the last run says what the exit code was") {
  RunReport report;
  report.verb = "setup";
  report.error = make_error("lock.held", "x", "y");
  const json value = *parse_json(last_run_document(report));
  CHECK(value["schema"] == "cosigner.last-run/1");
  CHECK(value["exit_code"] == 5);
}
