#include "installer/stages/resume.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "base/crypto.hpp"
#include "installer/stages/apt_repo.hpp"
#include "installer/stages/hardware.hpp"
#include "installer/stages/own_place.hpp"
#include "installer/stages/resume_end.hpp"
#include "installer/stages/sgx_packages.hpp"
#include "installer/stages/surviving_answers.hpp"
#include "old_host.hpp"
#include "profile/answers_json.hpp"
#include "profile/answers_writer.hpp"
#include "profile/merge.hpp"
#include "state/journal.hpp"

using namespace cosigner;
using namespace cosigner::scene;

namespace {

using Ids = std::vector<std::string>;

std::string unit_text(const OldHost& scene) { return scene.file(stages::resume_unit_file.text()); }

std::string left_answers(const OldHost& scene) { return scene.file("/var/lib/cosigner/answers.json"); }

}  // namespace

TEST_CASE("an Alibaba g7t on Ubuntu 20.04 gets its newer kernel, asks for the reboot with 6, and resumes to the end by itself") {
  OldHost scene;
  const auto first = scene.run_all();
  CHECK(code_of(first) == 6);
  CHECK(scene.error_of(first) == "reboot.needed");
  CHECK(scene.host.model.packages.count(newer_kernel) == 1);
  CHECK(scene.host.model.packages.count("sgx-aesm-service") == 0);
  CHECK(scene.host.model.units.at(stages::resume_unit).state.is_enabled());
  CHECK(scene.host.model.reboots == 0);  // the run itself never reboots

  const auto before = scene.host.log.calls();
  CHECK(code_of(scene.run_all()) == 6);  // not rebooted yet: the same word, and nothing is done
  CHECK(scene.host.log.calls() == before);

  scene.reboot();
  CHECK(code_of(scene.run_all()) == 0);
  const auto& model = scene.host.model;
  for (const auto& name : scene.settings.profile.packages.sgx) CHECK(model.packages.count(name) == 1);
  for (const auto& name : scene.settings.profile.packages.sgx_epid) CHECK(model.packages.count(name) == 0);
  CHECK(scene.file(qcnl_file).find("sgx-dcap-server-vpc.cn-hangzhou.aliyuncs.com") != std::string::npos);
  CHECK(unit_text(scene).empty());
  scene.host.log.clear();
  CHECK(scene.run_all().effects == 0);
  CHECK(scene.host.log.calls().empty());
}

TEST_CASE("the unit runs the installed copy alone, with the stage to end after and the accepted digest, once systemd can") {
  OldHost scene;
  const std::string digest = "sha256:" + std::string(64, 'a');
  scene.settings.until = "sgx-packages";
  scene.settings.accepted_digests = {digest, "$(reboot)"};
  scene.settings.max_disruption = "host";
  scene.settings.reboot = true;
  CHECK(code_of(scene.run_all()) == 6);
  const std::string text = unit_text(scene);
  CHECK(text.find("\nExecStart=/var/lib/cosigner/bin/cosigner setup --until sgx-packages --max-disruption host --reboot --accept-digest " + digest + "\n") != std::string::npos);
  CHECK(text.find("@") == std::string::npos);
  CHECK(text.find("$") == std::string::npos);
  for (const char* line : {"Type=exec\n", "SuccessExitStatus=6 21 22\n", "ConditionPathExists=/var/lib/cosigner/bin/cosigner\n", "RequiresMountsFor=/var/lib/cosigner\n", "After=network-online.target\n", "WantedBy=multi-user.target\n"})
    CHECK(text.find(line) != std::string::npos);
  std::size_t programs = 0;
  for (std::size_t at = text.find("Exec"); at != std::string::npos; at = text.find("Exec", at + 1)) programs += text.compare(at, 4, "Exec") == 0 && at > 0 && text[at - 1] == '\n' ? 1 : 0;
  CHECK(programs == 1);
}

TEST_CASE("a unit of that name that is not ours, or that somebody changed, is kept aside and put right; a disabled one is enabled") {
  OldHost scene;
  SECTION("foreign") {
    scene.put(stages::resume_unit_file.text(), "[Service]\nExecStart=/home/someone/x\n");
    CHECK(code_of(scene.run_all()) == 6);
    bool is_kept = false;
    for (const auto& [path, entry] : scene.host.model.entries) is_kept = is_kept || (path.rfind("/var/lib/cosigner/backup/", 0) == 0 && entry.content.find("/home/someone/x") != std::string::npos);
    CHECK(is_kept);
  }
  SECTION("drifted") {
    CHECK(code_of(scene.run_all()) == 6);
    scene.put(stages::resume_unit_file.text(), unit_text(scene) + "ExecStartPre=/home/someone/x\n");
    CHECK(pending(scene) == Ids{"resume-unit", "resume-reload"});
    CHECK(code_of(scene.run_all()) == 6);
  }
  SECTION("writable by others") {
    CHECK(code_of(scene.run_all()) == 6);
    scene.host.model.entries.at(stages::resume_unit_file.text()).attributes.mode = host::FileMode{0666};
    CHECK(pending(scene) == Ids{"resume-unit", "resume-reload"});
    CHECK(code_of(scene.run_all()) == 6);
  }
  SECTION("disabled") {
    CHECK(code_of(scene.run_all()) == 6);
    scene.host.model.units.at(stages::resume_unit).state.enabled = "disabled";
    CHECK(pending(scene) == Ids{"resume-enable"});
    CHECK(code_of(scene.run_all()) == 6);
    CHECK(scene.host.model.units.at(stages::resume_unit).state.is_enabled());
  }
  CHECK(unit_text(scene).find("/home/someone/x") == std::string::npos);
  CHECK(scene.host.model.entries.at(stages::resume_unit_file.text()).attributes == host::FileAttributes{{0644}, {}});
}

TEST_CASE("a reboot that still shows the old kernel ends with 12 and the boot loader's place, at each boot again, and is never a loop") {
  OldHost scene;
  scene.boots_old_kernel = true;
  CHECK(code_of(scene.run_all()) == 6);
  scene.reboot();
  for (int i = 0; i < 2; ++i) {
    const auto report = scene.run_all();
    CHECK(code_of(report) == 12);
    CHECK(scene.error_of(report) == "sgx.kernel_not_booted");
    CHECK(report.stages.back().error->message.find(new_release) != std::string::npos);
    CHECK(report.stages.back().error->remedy.find("GRUB_DEFAULT") != std::string::npos);
    CHECK(report.effects == 0);
  }
  scene.boots_old_kernel = false;
  scene.reboot();
  CHECK(code_of(scene.run_all()) == 0);
}

TEST_CASE("a reboot was for the kernel of then: one that was put there since is not said to have been booted for") {
  OldHost scene;
  scene.boots_old_kernel = true;
  CHECK(code_of(scene.run_all()) == 6);
  scene.reboot();
  CHECK(code_of(scene.run_all()) == 12);
  for (const char* file : {"/boot/vmlinuz-5.15.0-177-generic", "/boot/initrd.img-5.15.0-177-generic", "/lib/modules/5.15.0-177-generic/kernel/mm/zram.ko"}) scene.put(file, "");
  CHECK(code_of(scene.run_all()) == 6);
  CHECK(scene.error_of(scene.run_all()) == "reboot.needed");
}

TEST_CASE("the unit, the copies and their notes stay until a run has an end that no repetition changes") {
  OldHost scene;
  scene.settings.profile_text = "{the profile}";
  CHECK(code_of(scene.run_all()) == 6);
  scene.reboot();
  const auto provider = scene.host.model.web.find("https://sgx-dcap-server-vpc.cn-hangzhou.aliyuncs.com/sgx/certification/v4/qe/identity");
  REQUIRE(provider != scene.host.model.web.end());
  const auto good = provider->second;
  scene.serve(provider->first, "", 503);
  for (int boot = 0; boot < 2; ++boot) {
    CHECK(code_of(scene.run_all()) == 11);
    CHECK(scene.host.model.packages.count("sgx-aesm-service") == 1);  // the driver is long there, and more
    CHECK_FALSE(unit_text(scene).empty());
    CHECK(scene.host.model.units.at(stages::resume_unit).state.is_enabled());
    CHECK(scene.file(stages::profile_snapshot.text()) == "{the profile}");
    scene.reboot();
  }
  SECTION("a run that was to end earlier leaves them, too") {
    scene.settings.until = "apt-repo";
    const auto hardware = stages::make_hardware_stage();
    const auto end = stages::make_resume_end_stage(true);
    CHECK(scene.run({hardware.get(), end.get()}).effects == 0);
    scene.settings.until.clear();
  }
  provider->second = good;
  CHECK(code_of(scene.run_all()) == 0);
  CHECK(unit_text(scene).empty());
  CHECK(scene.file(stages::profile_snapshot.text()).empty());
  const auto journal = state::Journal::load(scene.host, "/var/lib/cosigner/journal.jsonl");
  REQUIRE(journal);
  for (const char* name : {stages::reboot_asked_name, stages::reboot_profile_name, stages::reboot_answers_name}) CHECK(journal->ledger().value(name).empty());
  CHECK(scene.run_all().effects == 0);
}

TEST_CASE("while a reboot is asked for, other answers of a run that did not reach its end are left with their hash, too") {
  OldHost scene;
  CHECK(code_of(scene.run_all()) == 6);
  scene.reboot();
  scene.settings.answers.quote_provider = "azure";
  scene.host.model.web.clear();
  const auto report = scene.run_all();
  REQUIRE_FALSE(stages::ends_resuming(report::exit_code_of(report)));
  CHECK(left_answers(scene).find("\"quoteProvider\": \"azure\"") != std::string::npos);
  const auto journal = state::Journal::load(scene.host, "/var/lib/cosigner/journal.jsonl");
  REQUIRE(journal);
  CHECK(journal->ledger().value(stages::reboot_answers_name) == sha256_hex(left_answers(scene)));
  CHECK(scene.run_all().effects == 0);
}

TEST_CASE("a newer kernel that is installed and was never started needs a reboot alone; a folder that only DKMS left is none") {
  OldHost scene;
  scene.put("/lib/modules/6.8.0-1-generic/updates/dkms/other.ko", "");
  CHECK(pending(scene) == Ids{"kernel-lists", "kernel"});
  scene.put("/boot/vmlinuz-" + new_release, "");
  CHECK(code_of(scene.run_all()) == 6);
  CHECK(scene.host.model.packages.count(newer_kernel) == 0);
}

TEST_CASE("the answers without secrets and the profile's bytes lie there before the unit can run") {
  OldHost scene;
  scene.settings.answers.quote_provider = "intel";
  scene.settings.profile_text = "{the profile}";
  scene.settings.profile.origin = "/home/someone/mine.json";
  scene.settings.answers.registry_username = "user";
  scene.settings.answers.registry_password = {profile::SecretRef::Kind::given, {}, Secret("geheim")};
  CHECK(code_of(scene.run_all()) == 6);
  CHECK(left_answers(scene).find("\"quoteProvider\": \"intel\"") != std::string::npos);
  CHECK(left_answers(scene).find("geheim") == std::string::npos);
  CHECK(scene.file(stages::profile_snapshot.text()) == "{the profile}");
  CHECK(scene.host.model.entries.at("/var/lib/cosigner/answers.json").attributes == host::FileAttributes{{0600}, {}});
  CHECK(scene.host.model.entries.at(stages::profile_snapshot.text()).attributes == host::FileAttributes{{0600}, {}});
  const auto journal = state::Journal::load(scene.host, "/var/lib/cosigner/journal.jsonl");
  REQUIRE(journal);
  CHECK(journal->ledger().value(stages::reboot_profile_name) == stages::profile_note(scene.settings));
  const auto& calls = scene.host.log.calls();
  const auto enabled = std::find(calls.begin(), calls.end(), std::string("services.enable ") + stages::resume_unit);
  REQUIRE(enabled != calls.end());
  for (const char* file : {"/var/lib/cosigner/answers.json", "/var/lib/cosigner/profile-snapshot.json"}) {
    CHECK(std::any_of(calls.begin(), enabled, [&](const std::string& call) { return call.find(file) != std::string::npos; }));
  }
}

TEST_CASE("what a reboot does not leave is named beforehand by key and kind, left out, and never by its value") {
  OldHost scene;
  using Kind = profile::SecretRef::Kind;
  auto& answers = scene.settings.answers;
  scene.host.model.mounts.push_back({"/run", "tmpfs", {"rw"}});
  scene.put("/run/ca.pem", "pem of the CA");
  scene.put("/run/secret", "geheim", {{0600}, {}});
  scene.put("/root/password", "geheim", {{0600}, {}});
  scene.put("/home/alice/pw", "geheim", {{0600}, {1000, 1000}});
  answers.extra_ca.file = "/run/ca.pem";
  answers.sgx_driver_file = "/tmp/driver.bin";
  answers.pairing_token = {Kind::file, "/root/token", Secret()};
  struct Row {
    Kind kind;
    std::string where, said;
  };
  for (const auto& row : {Row{Kind::file, "/run/secret", "/run/secret is gone"}, Row{Kind::credential, "pw", "credential"}, Row{Kind::given, "PW", "environment"}, Row{Kind::literal, "", "answers themselves"}, Row{Kind::given, "", "typed"}, Row{Kind::file, "/home/alice/pw", "belongs to user 1000; after the reboot only root's are believed"}}) {
    answers.registry_password = {row.kind, row.where, Secret("geheim")};
    const auto kept = stages::surviving_answers(scene.settings, scene.host);
    INFO(row.said);
    REQUIRE(kept.lost.size() == 3);
    CHECK(kept.lost[0].find("pairing.token") == 0);
    CHECK(kept.lost[1].find("registry.password (") == 0);
    CHECK(kept.lost[1].find(row.said) != std::string::npos);
    CHECK(kept.lost[2].find("sgx.driverFile") == 0);
    for (const auto& text : kept.lost) CHECK(text.find("geheim") == std::string::npos);
    CHECK_FALSE(kept.answers.registry_password.is_set());
    CHECK(kept.answers.extra_ca.text == "pem of the CA");
  }
  answers.registry_password = {Kind::file, "/root/password", Secret()};
  CHECK(stages::surviving_answers(scene.settings, scene.host).answers.registry_password.where == "/root/password");
  bool is_told = false;
  for (const auto& finding : look_at_sgx_packages(scene).findings) is_told = is_told || (finding.id == "reboot.answers" && finding.outcome == report::Outcome::warn);
  CHECK(is_told);
}

TEST_CASE("a proxy of the environment is for the downloads after the reboot too, and never becomes the container's; one of the answers does") {
  OldHost scene;
  const std::map<std::string, std::string> environment = {{"https_proxy", "http://proxy.example:3128"}, {"PW", "geheim"}};
  const auto kept_of = [&](const std::string& answers) {
    scene.settings = profile::merge(scene.settings.profile, profile::read_answers(answers, "a.json"), environment, {}).settings;
    const auto kept = stages::surviving_answers(scene.settings, scene.host);
    CHECK(profile::write_answers(kept.answers).find("geheim") == std::string::npos);
    if (answers.find("PW") != std::string::npos) CHECK(kept.lost == Ids{"registry.password (came from the environment)"});
    return profile::read_answers(profile::write_answers(kept.answers), "b.json").answers;
  };
  const auto of_environment = kept_of(R"({"version":1,"registry":{"username":"u","password":{"env":"PW"}}})");
  CHECK(of_environment.proxy_url == "http://proxy.example:3128");
  CHECK(of_environment.container_proxy_url.empty());
  const auto both = kept_of(R"({"version":1,"proxy":{"url":"http://own.example:1"}})");
  CHECK(both.container_proxy_url == "http://own.example:1");
}

TEST_CASE("the unit goes once the work is done, whoever started the run, and systemd knows it as long as it runs") {
  OldHost scene;
  CHECK(code_of(scene.run_all()) == 6);
  scene.reboot();
  const bool by_itself = GENERATE(true, false);
  scene.host.model.units.at(stages::resume_unit).state.active = by_itself ? "active" : "inactive";
  const std::string text = unit_text(scene);
  CHECK(code_of(scene.run_all()) == 0);
  CHECK(unit_text(scene).empty());
  CHECK(scene.file("/run/systemd/system/cosigner-resume.service") == (by_itself ? text : ""));
  scene.reboot();
  CHECK(scene.run_all().effects == 0);
  CHECK(scene.file("/run/systemd/system/cosigner-resume.service").empty());
}

TEST_CASE("what the unit starts after the reboot is the copy of before, root's alone up to the top, whatever became of the download") {
  OldHost scene;
  const std::string download = "/home/someone/cosigner";
  scene.put(download, "the program", {{0755}, {1000, 1000}});
  scene.host.model.entries["/home/someone"].attributes.owner = {1000, 1000};
  const auto hardware = stages::with_own_place(stages::make_hardware_stage(), download);
  const auto apt = stages::make_apt_repo_stage();
  const auto sgx = stages::make_sgx_packages_stage();
  REQUIRE(code_of(scene.run({hardware.get(), apt.get(), sgx.get()})) == 6);
  scene.put(download, "another program", {{0755}, {1000, 1000}});
  scene.reboot();
  const std::string text = unit_text(scene);
  const std::size_t begin = text.find("\nExecStart=") + std::string("\nExecStart=").size();
  const std::string program = text.substr(begin, text.find(' ', begin) - begin);
  CHECK(program == stages::installed_program.text());
  CHECK(scene.file(program) == "the program");
  for (Path path = program; path != Path("/"); path = path.parent()) {
    const auto stat = *scene.host.files().stat(path);
    REQUIRE(stat);
    INFO(path.text());
    CHECK(stat->attributes.owner.uid == 0);
    CHECK((stat->attributes.mode.bits & 0022) == 0);
  }
  // As the unit runs it: the copy installs nothing over itself, and goes on to the end.
  const auto as_unit = stages::with_own_place(stages::make_hardware_stage(), stages::installed_program);
  CHECK(code_of(scene.run({as_unit.get(), apt.get(), sgx.get()})) == 0);
  CHECK(scene.file(program) == "the program");
}

TEST_CASE("a crash at any writing call before and after the reboot is gone on from, to the same state") {
  OldHost whole;
  REQUIRE(code_of(whole.run_all()) == 6);
  const std::size_t before = whole.host.log.calls().size();
  whole.reboot();
  REQUIRE(code_of(whole.run_all()) == 0);
  const auto calls = whole.host.log.calls();
  const std::string passing = "/run/systemd/system/cosigner-resume.service";  // whether the unit ran depends on the crash
  const auto settled = [&](OldHost& scene) {
    for (const auto& path : {passing, std::string("/var/lib/cosigner/answers.json")}) scene.host.model.entries.erase(path);  // the latter is the command's own to take away
    return kit::settled_state(scene.host.model);
  };
  const std::string wanted = settled(whole);
  const int cases = kit::at_every_call(calls, [&](const kit::Fault& fault) {
    OldHost scene;
    kit::die(scene.host, fault, [&] {
      scene.run_all();
      scene.reboot();
      scene.run_all();
    });
    scene.reboot();  // the power came back
    if (code_of(scene.run_all()) == 6) {
      CHECK(static_cast<std::size_t>(fault.call) < before);
      scene.reboot();
    }
    CHECK(code_of(scene.run_all()) == 0);
    CHECK(settled(scene) == wanted);
    CHECK(scene.run_all().effects == 0);
  });
  CHECK(cases == 2 * static_cast<int>(calls.size()));
  WARN("reboot and resume: " << calls.size() << " writing calls, " << cases << " crash cases");
}
