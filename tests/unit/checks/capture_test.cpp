// What a capture keeps: enough to judge every machine like the machine itself, and no name, address, login or key of it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "host/remembering_host.hpp"
#include "installer/checks/catalog.hpp"
#include "installer/cli/capture_scrub.hpp"
#include "unit/checks/breakages.hpp"

using namespace cosigner;
using namespace cosigner::checks;

namespace {

/// As `doctor --capture` looks: what is scrubbed is what the checks see.
Findings look_through(const host::Scrub& scrub, const SoundMachine& machine, std::string* capture = nullptr,
                      const engine::CheckChoice& choice = {}) {
  host::RememberingHost host(machine.host, scrub);
  profile::Settings settings = machine.settings;
  settings.answers.sgx_user = scrub("user", machine.settings.answers.sgx_user);
  host.name_user(settings.answers.sgx_user, machine.settings.answers.sgx_user);
  Findings out;
  for (auto& checked : engine::run_checks(all_checks(machine.linked), host, settings, choice))
    out[checked.finding.id] = std::move(checked.finding);
  if (capture != nullptr) *capture = host.to_capture();
  return out;
}

/// A machine whose files, containers and accounts say whose it is.
SoundMachine private_machine() {
  SoundMachine m;
  m.put("/etc/hostname", "canary-host\n");
  m.put("/etc/subuid", "canary-eve:100000:65536\n");
  m.put("/proc/net/tcp",
        "  sl  local_address rem_address   st\n   0: 00000000:0016 00000000:0000 0A 0\n   1: 0A0000CA:0016 0B0000CB:D431 01 0\n");
  m.put("/sys/devices/virtual/dmi/id/chassis_asset_tag", "canary-tag-4711\n");
  m.put("/etc/apt/apt.conf.d/90proxy", "Acquire::http::Proxy \"http://canary-user:canary-word@proxy.example:3128\";\n");
  m.put("/etc/sgx_default_qcnl.conf",
        "{\"pccs_url\": \"https://api.trustedservices.intel.com/sgx/certification/v4/\", \"use_secure_cert\": true, "
        "\"custom_request_options\": {\"get_cert\": {\"headers\": {\"Ocp-Apim-Subscription-Key\": "
        "\"c0a1b2c3d4e5f60718293a4b5c6d7e8f\"}}}}\n");
  m.put("/etc/systemd/system/aesmd.service", "[Service]\nEnvironment=KEY=canary-unit\n");
  m.put("/var/lib/cosigner/pck-id.csv", "canary00112233,0000,canary,0d00,canary\n");
  m.host.model.groups["docker"].members = {"canary-eve"};
  m.host.model.users["canary-eve"] = {"canary-eve", 2000, 2000, "/home/canary-eve"};
  m.host.model.engine->mirrors = {"https://canary-user:canary-word@mirror.example/"};
  host::Container other;
  other.id = "c2";
  other.running = true;
  other.state = "running";
  other.spec.name = "app";
  other.spec.hostname = "canary-inside";
  other.spec.entrypoint = {"/canary-program"};
  other.spec.command = {"--password", "canary-argument"};
  other.spec.environment = {{"PASSWORD", "canary-value"}};
  other.spec.labels = {{"owner", "canary-label"}};
  other.spec.mounts = {{"/home/canary-eve/app", "/d", false}};
  m.host.model.containers["app"] = other;
  *m.host.model.kernel_log += "usb: canary-serial\n";
  m.host.model.unit_logs["aesmd.service"] += "canary-line\n";
  return m;
}

}  // namespace

TEST_CASE("every file that a check reads on any machine is on the list of what a capture may hold") {
  std::set<std::string> asked;
  const auto note = [&](const std::string& what, std::string text) {
    if (what.rfind("file ", 0) == 0) asked.insert(what.substr(5));
    return text;
  };
  look_through(note, SoundMachine());
  for (const auto& [breakage, seen] : broken_machines()) {
    SoundMachine machine;
    breakage.break_it(machine);
    look_through(note, machine);
  }
  CHECK(asked.size() > 40);
  for (const std::string& path : asked) {
    INFO(path);
    CHECK(cli::kept_of_file(path, "x", [](const std::string& name) { return name; }).has_value());
  }
  CHECK_FALSE(cli::kept_of_file("/etc/shadow", "x", [](const std::string& name) { return name; }).has_value());
}

TEST_CASE("what is captured is judged like the machine itself") {
  for (const auto& [breakage, seen] : broken_machines()) {
    if (breakage.name == "a handler on this machine") continue;  // names of machines are not captured, nor is the handler's
    INFO(breakage.name);
    SoundMachine machine;
    breakage.break_it(machine);
    const Findings captured = look_through(cli::capture_scrub(), machine);
    for (const auto& [id, finding] : seen) {
      if (id == "os.waiting_updates") {  // which packages are installed is not captured
        CHECK(captured.at(id).outcome == report::Outcome::unknown);
        continue;
      }
      INFO(id << ": " << finding.evidence << finding.because << ", captured: " << captured.at(id).evidence
              << captured.at(id).because);
      CHECK(captured.at(id).outcome == finding.outcome);
      CHECK(captured.at(id).rows == finding.rows);
    }
  }
}

TEST_CASE("known words of a log are found in the capture as in the log") {
  for (const Breakage& breakage : log_breakages()) {
    INFO(breakage.name);
    SoundMachine machine;
    breakage.break_it(machine);
    engine::CheckChoice choice;
    choice.only = {breakage.check};
    const auto seen = machine.look(choice).at(breakage.check);
    const auto captured = look_through(cli::capture_scrub(), machine, nullptr, choice).at(breakage.check);
    CHECK(captured.outcome == seen.outcome);
    CHECK(std::count(captured.rows.begin(), captured.rows.end(), breakage.rows.front()) == 1);
  }
}

TEST_CASE("a capture names nobody, and holds no address, login, key, argument or line of business") {
  const SoundMachine machine = private_machine();
  std::string capture;
  const Findings captured = look_through(cli::capture_scrub(), machine, &capture);
  for (const char* canary : {"canary", "0A0000CA", "0B0000CB", "c0a1b2c3d4e5f607"}) {
    INFO(canary);
    CHECK(capture.find(canary) == std::string::npos);
  }
  for (const char* id : {"security.uid", "security.engine_group", "security.ports", "qcnl.keys"}) {
    INFO(id);
    CHECK(captured.at(id).outcome == machine.look().at(id).outcome);
  }
  CHECK_THAT(captured.at("security.uid").evidence, Catch::Contains("user-"));
}
