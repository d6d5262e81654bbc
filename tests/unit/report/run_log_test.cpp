#include "report/run_log.hpp"

#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "kit/fake_host.hpp"

using namespace cosigner;
using namespace cosigner::report;

namespace {

const Time noon{std::chrono::seconds(1795694400)};

kit::FakeHost machine() {
  kit::MachineModel model;
  for (const auto* folder : {"/", "/var", "/var/log"}) {
    kit::Entry entry;
    entry.kind = host::FileKind::directory;
    entry.attributes = {{0755}, {}};
    model.entries[folder] = entry;
  }
  return kit::FakeHost(model);
}

void log_run(kit::FakeHost& host, const Redactor& redactor, const std::string& id, int effects, Time at = noon, const LogLimits& limits = {}) {
  RunLog log(host.change_files(), redactor, "/var/log/cosigner", limits);
  log.on(RunStarted{id, "setup", "1", "global", false, {}}, at);
  for (int i = 0; i < effects; ++i) {
    log.on(StepStarted{"image", "pull", "image", "x with hush-hush in it", "because"}, at);
    log.on(StepFinished{"image", "pull", {}, std::nullopt}, at);
  }
  RunReport report;
  report.verb = "setup";
  report.effects = effects;
  log.on(RunFinished{report, ExitCode::ok}, at);
  REQUIRE_FALSE(log.trouble());
}

std::string text_of(kit::FakeHost& host, const std::string& name) { return host.files().read("/var/log/cosigner/" + name).value().value_or(""); }

std::size_t count_of_files(kit::FakeHost& host) { return host.files().list("/var/log/cosigner").value().size(); }

}  // namespace

TEST_CASE("a run without effects is one line and no file of its own") {
  auto host = machine();
  log_run(host, Redactor(), "r1", 0);
  CHECK(count_of_files(host) == 1);
  const std::string runs = text_of(host, "runs.log");
  CHECK(lines_of(runs).size() == 1);
  CHECK_THAT(runs, Catch::Contains("r1 setup exit 0 effects 0"));
}

TEST_CASE("a run with effects has its own file of mode 0600, and no secret in it") {
  auto host = machine();
  Redactor redactor;
  redactor.add(Secret(std::string("hush-hush")));
  log_run(host, redactor, "r2", 1);
  const std::string name = "20261126T120000Z-r2.log";
  CHECK_THAT(text_of(host, name), Catch::Contains("2026-11-26T12:00:00Z") && Catch::Contains("[secret]") && !Catch::Contains("hush-hush"));
  CHECK(host.files().stat("/var/log/cosigner/" + name).value()->attributes.mode.bits == 0600);
  CHECK_THAT(text_of(host, "runs.log"), Catch::Contains(name));
}

TEST_CASE("the number of log files and the bytes of each are bounded") {
  auto host = machine();
  LogLimits limits;
  limits.files = 3;
  limits.bytes_per_file = 2000;
  for (int i = 0; i < 6; ++i) log_run(host, Redactor(), "r" + std::to_string(i), 100, noon + std::chrono::hours(i), limits);
  CHECK(count_of_files(host) == 4);  // three runs and the index
  for (const auto& name : host.files().list("/var/log/cosigner").value()) {
    if (name != "runs.log") CHECK(text_of(host, name).size() < 2600);
  }
}
