// A run that needs a reboot, the reboot itself, and the run after it: answers, profile, words.
#include <catch2/catch.hpp>

#include "base/crypto.hpp"
#include "installer/stages/resume.hpp"
#include "unit/cli/paper_machine.hpp"

using namespace cosigner;
using namespace cosigner::cli;

namespace {

const std::string lab_profile = R"({"schema":"cosigner.profile/1","name":"lab","extends":"swiss"})";

/// Needs a reboot until the file is there that a boot with the new kernel brings.
class RebootingStage : public engine::Stage {
 public:
  std::string id() const override { return "sgx-packages"; }
  std::string title() const override { return "SGX software"; }
  Result<engine::StagePlan> look(const host::HostView& host, const engine::StageContext& context) const override {
    engine::StagePlan plan;
    const bool is_new = TRY(host.files().stat("/made/kernel")).has_value();
    if (!is_new) stages::plan_reboot(TRY(stages::probe_resume(host, context, true)), stages::RebootReason::kernel, "6.1", "the kernel is old", context, plan);
    return plan;
  }
};

struct Rebooting : PaperMachine {
  Rebooting() {
    for (const char* folder : {"/etc/systemd", "/etc/systemd/system"}) host.model.entries[folder] = {host::FileKind::directory, {{0755}, {}}, "", host.model.now};
    environment.stages.insert(environment.stages.begin() + 1, std::make_unique<RebootingStage>());
    files.put("/a.json", R"({"version":1,"profile":"swiss","acknowledgeNoCallback":true})");
  }
  void boot_new_kernel() {
    host.model.entries["/made/kernel"] = {host::FileKind::regular, {{0644}, {}}, "", host.model.now};
    host.model.boot_id.back() = '9';
    environment.caller.reset();
    terminal.said.clear();
    terminal.erred.clear();
  }
  void let_cosigner_run() {
    host::Container container;
    container.spec.name = "cosigner";
    container.running = true;
    container.state = "running";
    host.model.engine = host::EngineInfo{};
    host.model.containers["cosigner"] = container;
  }
};

}  // namespace

TEST_CASE("a run that needs a reboot ends with 6 and its way on, and only --reboot or host.reboot reboots, as the very last thing") {
  Rebooting by_hand;
  CHECK(by_hand.run({"setup", "--answers", "/a.json"}) == 6);
  CHECK(by_hand.host.model.reboots == 0);
  CHECK_THAT(by_hand.terminal.said, Catch::Contains("sudo systemctl reboot; set-up then goes on by itself"));
  CHECK_FALSE(by_hand.has("/made/image"));

  Rebooting by_flag;
  CHECK(by_flag.run({"setup", "--answers", "/a.json", "--reboot"}) == 6);
  CHECK(by_flag.host.model.reboots == 1);
  CHECK(by_flag.host.log.calls().back() == "kernel.reboot");
  CHECK_THAT(by_flag.terminal.said, Catch::Contains("the machine reboots now"));

  Rebooting by_answer;
  by_answer.files.put("/a.json", R"({"version":1,"acknowledgeNoCallback":true,"host":{"reboot":true}})");
  CHECK(by_answer.run({"setup", "--answers", "/a.json"}) == 6);
  CHECK(by_answer.host.model.reboots == 1);
}

TEST_CASE("under a co-signer that runs the machine is rebooted only when the host may be interrupted") {
  Rebooting machine;
  machine.let_cosigner_run();
  CHECK(machine.run({"setup", "--answers", "/a.json", "--reboot"}) == 6);
  CHECK(machine.host.model.reboots == 0);
  CHECK_THAT(machine.terminal.said, Catch::Contains("held back") && Catch::Contains("--max-disruption host"));
  CHECK(machine.run({"setup", "--answers", "/a.json", "--reboot", "--max-disruption", "host"}) == 6);
  CHECK(machine.host.model.reboots == 1);
}

TEST_CASE("what one run was allowed is allowed to that run and to the one that goes on after its reboot, and to no later one") {
  Rebooting machine;
  CHECK(machine.run({"setup", "--answers", "/a.json", "--reboot", "--max-disruption", "host"}) == 6);
  CHECK_THAT(machine.text_of(stages::resume_unit_file.text()), Catch::Contains("/cosigner setup --max-disruption host --reboot\n"));
  CHECK_THAT(machine.text_of("/var/lib/cosigner/answers.json"), !Catch::Contains("reboot") && !Catch::Contains("maxDisruption"));
  CHECK(machine.host.model.reboots == 1);
  CHECK(machine.run({"setup"}) == 6);
  CHECK(machine.host.model.reboots == 1);
}

TEST_CASE("a run that needs no reboot never reboots, whatever leave it has") {
  PaperMachine machine;
  CHECK(machine.run({"setup", "--until", "image", "--reboot"}) == 0);
  CHECK(machine.host.model.reboots == 0);
}

TEST_CASE("after the reboot the run without answers goes on with those of before, parks at the pairing with 21, and the unit is gone") {
  Rebooting machine;
  CHECK(machine.run({"setup", "--answers", "/a.json"}) == 6);
  machine.boot_new_kernel();
  CHECK(machine.run({"setup"}) == 21);
  CHECK_THAT(machine.terminal.said, Catch::Contains("swiss"));
  CHECK(machine.has("/made/image"));
  CHECK_FALSE(machine.has(stages::resume_unit_file.text()));
  machine.terminal.said.clear();
  CHECK(machine.run({"history"}) == 0);
  CHECK_THAT(machine.terminal.said, Catch::Contains("6") && Catch::Contains("21"));
}

TEST_CASE("a secret that the reboot does not leave is named and left out, and its absence is no mistake of the answers afterwards") {
  Rebooting machine;
  machine.files.put("/a.json", R"({"version":1,"acknowledgeNoCallback":true,"registry":{"username":"someone","password":{"credential":"registry"}}})");
  machine.environment.credentials_directory = "/run/credentials/x";
  machine.host.model.entries["/run/credentials/x/registry"] = {host::FileKind::regular, {{0600}, {}}, "geheim", machine.host.model.now};
  CHECK(machine.run({"setup", "--answers", "/a.json"}) == 6);
  CHECK_THAT(machine.terminal.said + machine.terminal.erred, Catch::Contains("registry.password (a credential"));
  CHECK_THAT(machine.text_of("/var/lib/cosigner/answers.json"), Catch::Contains("someone") && !Catch::Contains("credential"));
  machine.environment.credentials_directory.clear();
  machine.boot_new_kernel();
  CHECK(machine.run({"setup"}) == 21);
}

TEST_CASE("a secret's file of the caller's is named before the reboot, and the run after it is not refused for it") {
  Rebooting machine;
  machine.environment.caller = host::Owner{1000, 1000};
  machine.files.put("/a.json", R"({"version":1,"acknowledgeNoCallback":true,"registry":{"username":"someone","password":{"file":"/home/pw"}}})");
  machine.host.model.entries["/home/pw"] = {host::FileKind::regular, {{0600}, {1000, 1000}}, "geheim", machine.host.model.now};
  CHECK(machine.run({"setup", "--answers", "/a.json"}) == 6);
  CHECK_THAT(machine.terminal.said + machine.terminal.erred, Catch::Contains("registry.password (/home/pw belongs to user 1000; after the reboot only root's are believed)"));
  machine.boot_new_kernel();
  CHECK(machine.run({"setup"}) == 21);
  CHECK(machine.has("/made/image"));
}

TEST_CASE("without the proxy's password that was not kept the run waits with 21 before its first download; a terminal is asked for it") {
  Rebooting machine;
  machine.environment.variables = {{"PW", "geheim"}};
  machine.files.put("/a.json", R"({"version":1,"acknowledgeNoCallback":true,"proxy":{"url":"http://p.example:1","username":"someone","password":{"env":"PW"}}})");
  CHECK(machine.run({"setup", "--answers", "/a.json"}) == 6);
  CHECK_THAT(machine.terminal.said + machine.terminal.erred, Catch::Contains("proxy.password (came from the environment)"));
  machine.environment.variables.clear();
  machine.boot_new_kernel();
  CHECK(machine.run({"setup"}) == 21);
  CHECK_THAT(machine.terminal.said + machine.terminal.erred, Catch::Contains("proxy.password is needed") && Catch::Contains("sudo cosigner setup"));
  CHECK_FALSE(machine.has("/made/image"));
  machine.terminal.interactive = true;
  machine.terminal.answers = {"geheim", "", "y", paper_token(machine)};
  CHECK(machine.run({"setup"}) == 0);
  CHECK(machine.has("/made/image"));
  machine.terminal.interactive = false;
  CHECK(machine.run({"setup"}) == 0);  // nothing is left to fetch
  CHECK_THAT(machine.text_of("/var/lib/cosigner/answers-kept.json"), Catch::Contains("someone") && !Catch::Contains("geheim"));
}

TEST_CASE("a user that is not here is refused before the first change, where the profile's stages would need it") {
  Rebooting machine;
  machine.files.put("/a.json", R"({"version":1,"acknowledgeNoCallback":true,"sgx":{"user":"oasiss"}})");
  CHECK(machine.run({"setup", "--answers", "/a.json"}) == 2);
  CHECK_THAT(machine.terminal.erred, Catch::Contains("answers.user_unknown") && Catch::Contains("oasiss"));
  CHECK_FALSE(machine.has("/made/hardware"));
  machine.host.model.users["oasiss"] = {"oasiss", 1001, 1001, "/home"};
  CHECK(machine.run({"setup", "--answers", "/a.json"}) == 6);
}

TEST_CASE("a profile's file of the caller's, or one that is gone, does not stop the run after the reboot: its copy of before is taken") {
  Rebooting machine;
  machine.environment.caller = host::Owner{1000, 1000};
  machine.files.put("/home/p.json", lab_profile, 1000);
  CHECK(machine.run({"setup", "--answers", "/a.json", "--profile", "/home/p.json"}) == 6);
  machine.boot_new_kernel();
  SECTION("nobody is behind the run") {}
  SECTION("gone") { machine.files.files.erase("/home/p.json"); }
  SECTION("exchanged by the caller") { machine.files.put("/home/p.json", R"({"schema":"cosigner.profile/1","name":"evil","extends":"global"})", 1000); }
  CHECK(machine.run({"setup"}) == 21);
  CHECK_THAT(machine.terminal.said, Catch::Contains("lab") && !Catch::Contains("evil"));
  CHECK_THAT(machine.terminal.said + machine.terminal.erred, Catch::Contains("profile-snapshot.json"));
}

TEST_CASE("a copy of a profile that is not the one of before, or of another name, is not taken") {
  Rebooting machine;
  machine.environment.caller = host::Owner{1000, 1000};
  machine.files.put("/home/p.json", lab_profile, 1000);
  CHECK(machine.run({"setup", "--answers", "/a.json", "--profile", "/home/p.json"}) == 6);
  machine.boot_new_kernel();
  machine.host.model.entries.at(stages::profile_snapshot.text()).content = R"({"schema":"cosigner.profile/1","name":"evil","extends":"global"})";
  CHECK(machine.run({"setup"}) == 2);
  CHECK_FALSE(machine.has("/made/image"));
}

TEST_CASE("the copy of a profile is for the run after the reboot alone: it is gone with it, and the profile's file counts again") {
  Rebooting machine;
  machine.environment.caller = host::Owner{1000, 1000};
  machine.files.put("/home/p.json", lab_profile, 1000);
  CHECK(machine.run({"setup", "--answers", "/a.json", "--profile", "/home/p.json"}) == 6);
  const auto copy = machine.host.model.entries.at(stages::profile_snapshot.text());
  machine.boot_new_kernel();
  CHECK(machine.run({"setup"}) == 21);
  CHECK_FALSE(machine.has(stages::profile_snapshot.text()));
  machine.host.model.entries[stages::profile_snapshot.text()] = copy;
  machine.files.put("/home/p.json", R"({"schema":"cosigner.profile/1","name":"edited","extends":"swiss"})", 1000);
  machine.terminal.said.clear();
  CHECK(machine.run({"setup"}) == 2);  // nobody is behind it, and the file is no root's
  machine.environment.caller = host::Owner{1000, 1000};
  CHECK(machine.run({"setup"}) == 21);
  CHECK_THAT(machine.terminal.said, Catch::Contains("edited"));
}

TEST_CASE("an end that the next boot may change, as a mirror that is down, leaves the unit; an answer to it by hand takes it away") {
  Rebooting machine;
  CHECK(machine.run({"setup", "--answers", "/a.json"}) == 6);
  machine.boot_new_kernel();
  machine.stage("image").error = make_error("network.unreachable", "down", "Wait.");
  CHECK(machine.run({"setup"}) == 11);
  CHECK(machine.has(stages::resume_unit_file.text()));
  CHECK(machine.host.model.units.at(stages::resume_unit).state.is_enabled());
  CHECK(machine.run({"setup", "--until", "hardware"}) == 0);
  CHECK(machine.run({"pair"}) == 21);
  CHECK(machine.has(stages::resume_unit_file.text()));
  machine.stage("image").error.reset();
  CHECK(machine.run({"setup", "--until", "image"}) == 0);  // less than the unit would do
  CHECK(machine.has(stages::resume_unit_file.text()));
  CHECK(machine.run({"setup"}) == 21);
  CHECK_FALSE(machine.has(stages::resume_unit_file.text()));
  machine.host.log.clear();
  CHECK(machine.run({"setup"}) == 21);
  for (const auto& call : machine.host.log.calls()) CHECK_THAT(call, !Catch::Contains("journal.jsonl") && !Catch::Contains("resume"));
}

TEST_CASE("plan tells what is left of a reboot when nothing else is to do, and setup takes it away") {
  Rebooting machine;
  CHECK(machine.run({"setup", "--answers", "/a.json"}) == 6);
  machine.boot_new_kernel();
  machine.stage("pairing").wants_token = false;
  for (const char* file : {"/made/hardware", "/made/image", "/made/pairing", "/made/config", "/made/service"}) machine.host.model.entries[file] = {host::FileKind::regular, {{0644}, {}}, "", machine.host.model.now};
  CHECK(machine.run({"plan", "--check"}) == 20);
  CHECK_THAT(machine.terminal.said, Catch::Contains("cosigner-resume.service"));
  CHECK(machine.run({"setup"}) == 0);
  CHECK(machine.run({"plan", "--check"}) == 0);
}

TEST_CASE("answers that are not those of before the reboot, or that are gone, are refused and explained; given anew they are taken") {
  Rebooting machine;
  CHECK(machine.run({"setup", "--answers", "/a.json"}) == 6);
  auto& left = machine.host.model.entries.at("/var/lib/cosigner/answers.json");
  SECTION("other bytes") { left.content = R"({"version":1,"profile":"global","acknowledgeNoCallback":true})"; }
  SECTION("gone") { machine.host.model.entries.erase("/var/lib/cosigner/answers.json"); }
  machine.boot_new_kernel();
  CHECK(machine.run({"setup"}) == 2);
  CHECK_THAT(machine.terminal.erred, Catch::Contains("answers.snapshot_changed") && Catch::Contains("--answers FILE"));
  CHECK_FALSE(machine.has("/made/image"));
  CHECK(machine.run({"setup", "--answers", "/a.json"}) == 21);
  CHECK(machine.run({"setup"}) == 21);
}

TEST_CASE("plan and status name the reboot that is wanted") {
  Rebooting machine;
  CHECK(machine.run({"setup", "--answers", "/a.json"}) == 6);
  machine.terminal.said.clear();
  CHECK(machine.run({"plan"}) == 0);
  CHECK_THAT(machine.terminal.said, Catch::Contains("sgx-packages: waits for a reboot") && Catch::Contains("sudo systemctl reboot"));
  machine.terminal.said.clear();
  CHECK(machine.run({"status"}) == 6);
  CHECK_THAT(machine.terminal.said, Catch::Contains("reboot"));
}
