#include "installer/stages/pairing.hpp"

#include <catch2/catch.hpp>

#include "callback/credentials.hpp"
#include "cosigner_scene.hpp"

using namespace cosigner;
using scene::Scene;

namespace {

struct Ending {
  int exit = 0;
  std::string code;
  std::string remedy;
  std::string message;
};

Ending pair(Scene& s) {
  const auto stage = stages::make_pairing_stage();
  const auto report = s.run({stage.get()});
  Ending end{static_cast<int>(report::exit_code_of(report)), "", "", ""};
  if (report.stages.back().error) {
    end.code = report.stages.back().error->code;
    end.remedy = report.stages.back().error->remedy;
    end.message = report.stages.back().error->message;
    CHECK_FALSE(end.remedy.empty());
  }
  return end;
}

/// Nothing of a pairing attempt may stay: no container, no document, no directory.
void check_clean(const Scene& s) {
  CHECK(s.host.model.containers.count("cosigner-init") == 0);
  CHECK(s.host.model.entries.count("/run/cosigner/pair") == 0);
  CHECK(s.host.model.entries.count("/run/cosigner/pair/document.json") == 0);
}

}  // namespace

TEST_CASE("pairing makes the data folders for the service's user with explicit modes") {
  Scene s;
  CHECK(pair(s).exit == 0);
  for (const std::string name : {"", "/db", "/config", "/log", "/backup", "/enclave"}) {
    CHECK(s.host.model.entries.at("/databases/cosigner" + name).attributes == host::FileAttributes{{0750}, {2000, 2000}});
  }
}

TEST_CASE("folders that only the service may write in are left as they are") {
  Scene s;
  REQUIRE(pair(s).exit == 0);
  s.host.model.entries.at("/databases/cosigner/log").attributes.mode = {0755};
  const auto stage = stages::make_pairing_stage();
  CHECK(s.run({stage.get()}).effects == 0);
}

TEST_CASE("each refusal of the gateway has its code, and nothing of the attempt stays") {
  const std::vector<std::tuple<std::string, std::string, int>> cases = {
      {"expired", "pairing.token_refused", 9}, {"used", "pairing.token_refused", 9}, {"not-first", "pairing.not_first_user", 9}, {"refused", "attest.refused", 4},
      {"unreachable", "pairing.gateway_unreachable", 11}, {"no-database", "pairing.failed", 9}, {"disk-full", "pairing.failed", 9}, {"hangs", "pairing.timed_out", 9}};
  for (const auto& [enrolment, code, exit] : cases) {
    INFO(enrolment);
    Scene s;
    s.behaviour->enrolment = enrolment;
    const Ending end = pair(s);
    CHECK(end.code == code);
    CHECK(end.exit == exit);
    CHECK(end.message.find(s.token) == std::string::npos);
    check_clean(s);
    CHECK(s.ledger().value("pairing.user_ids").empty());
  }
}

TEST_CASE("the physical device id is made once and kept over failed tries") {
  Scene s;
  s.behaviour->enrolment = "unreachable";
  pair(s);
  const std::string id = s.ledger().value("pairing.physical_device_id");
  CHECK(id.size() == 36);
  s.behaviour->enrolment = "ok";
  CHECK(pair(s).exit == 0);
  CHECK(s.file("/databases/cosigner/db/secrets.db").find("\"physicalDeviceId\":\"" + id + "\"") != std::string::npos);
}

TEST_CASE("a dead or malformed token is exit 2, and is not spent") {
  Scene s;
  SECTION("expired") {
    s.put_token(3700);
    const Ending end = pair(s);
    CHECK(end.code == "pairing.token_expired");
    CHECK(end.exit == 2);
  }
  SECTION("malformed") {
    s.put(scene::token_file, "hello\n", {{0600}, {}});
    const Ending end = pair(s);
    CHECK(end.code == "pairing.token_malformed");
    CHECK(end.exit == 2);
  }
  SECTION("readable by others") {
    s.put(scene::token_file, s.token, {{0644}, {}});
    CHECK(pair(s).code == "answers.secret_unsafe");
  }
  SECTION("not there") {
    s.host.model.entries.erase(scene::token_file.text());
    CHECK(pair(s).code == "answers.secret_unreadable");
  }
  CHECK(s.host.model.containers_created == 0);
}

TEST_CASE("a token that is about to end is a warning with the time") {
  Scene s;
  s.put_token(57 * 60);
  const auto stage = stages::make_pairing_stage();
  const auto report = s.run({stage.get()});
  CHECK(report::exit_code_of(report) == report::ExitCode::ok);
  bool warned = false;
  for (const auto& finding : report.stages.back().findings) warned = warned || (finding.id == "pairing.token" && finding.outcome == report::Outcome::warn);
  CHECK(warned);
}

TEST_CASE("what has to be decided or right before the token is spent stops the run first") {
  Scene s;
  std::string code;
  int exit = 2;
  SECTION("no decision about the callback") {
    s.settings.answers.acknowledge_no_callback = false;
    code = "answers.callback_undecided";
  }
  SECTION("wrong callback answers") {
    s.want_callback(profile::CallbackAuth::root_ca);
    s.settings.answers.callback->root_ca.file = "/root/leaf.pem";
    code = "callback.root_ca_invalid";
    exit = 10;
  }
  SECTION("a handler that shows another certificate") {
    s.want_callback(profile::CallbackAuth::certificate);
    s.host.model.served["handler.example:8443"].chain_pem = {s.file("/root/root.pem")};
    code = "callback.handler_mismatch";
    exit = 10;
  }
  SECTION("a handler that does not answer on the URL's own port") {
    s.want_callback(profile::CallbackAuth::certificate);
    s.host.model.served["handler.example:443"] = s.host.model.served["handler.example:8443"];
    s.host.model.served.erase("handler.example:8443");
    code = "callback.handler_unreachable";
    exit = 10;
  }
  SECTION("a file of the answers that is not there") {
    s.want_callback(profile::CallbackAuth::public_key);
    s.settings.answers.callback->public_key.file = "/root/nothing.pem";
    code = "answers.file_unreadable";
  }
  SECTION("an image that does not know the scheme") {
    s.want_callback(profile::CallbackAuth::root_ca);
    s.settings.answers.image_revision = "2025.10.09";
    code = "callback.image_too_old";
    exit = 10;
  }
  SECTION("not the first user on a machine where nobody is paired") {
    s.settings.answers.first_user = false;
    code = "pairing.not_first_user";
    exit = 9;
  }
  SECTION("a run directory on a disk") {
    s.host.model.mounts.clear();
    code = "pairing.not_in_memory";
    exit = 9;
  }
  SECTION("a profile that wants quotes verified and does not say whose enclave to expect") {
    s.settings.profile.enclave.mode = "quote";
    code = "attest.expectation_missing";
    exit = 4;
  }
  const Ending end = pair(s);
  CHECK(end.code == code);
  CHECK(end.exit == exit);
  CHECK(s.host.model.containers_created == 0);
}

TEST_CASE("a uid that belongs to a person or a range stops before folders are made, and can be waived") {
  Scene s;
  SECTION("a person") { s.host.model.users["alice"] = {"alice", 2000, 2000, "/home/alice"}; }
  SECTION("a range") { s.put("/etc/subuid", "bob:1000:5000\n"); }
  const Ending end = pair(s);
  CHECK(end.code == "pairing.uid_taken");
  CHECK(s.host.model.entries.count("/databases/cosigner") == 0);
  s.settings.answers.waive = {"pairing.uid_taken"};
  CHECK(pair(s).exit == 0);
}

TEST_CASE("without the image nobody is paired") {
  Scene s;
  s.host.model.images.clear();
  const Ending end = pair(s);
  CHECK(end.code == "pairing.image_missing");
  CHECK(s.host.model.containers_created == 0);
}

TEST_CASE("a token is called for now only when the image is here; before that it is said to be copied later, for it lives one hour") {
  Scene s;
  s.settings.answers.pairing_token = {};
  const auto stage = stages::make_pairing_stage();
  const auto told = [&] {
    const auto plan = stage->look(s.host, {s.settings, s.ledger(), ""});
    REQUIRE((plan && plan->waiting));
    CHECK(plan->waiting->code == "pairing.token_needed");
    return plan->waiting->message + ". " + plan->waiting->remedy;
  };
  CHECK_THAT(told(), Catch::Contains("needed now"));
  s.host.model.images.clear();
  CHECK_THAT(told(), !Catch::Contains("now") && Catch::Contains("later, when the co-signer's image is here") && Catch::Contains("only at that moment") && Catch::Contains("one hour"));
}

TEST_CASE("a certificate that is to be fetched travels with pairing when its SHA-256 is the given one") {
  Scene s;
  s.want_callback(profile::CallbackAuth::certificate);
  s.settings.answers.callback->certificate = {};
  s.settings.answers.callback->fetch_sha256 = callback::fingerprint_of_pem(s.handler_pem).value();
  CHECK(pair(s).exit == 0);
  CHECK(s.file("/databases/cosigner/db/secrets.db").find("BEGIN CERTIFICATE") != std::string::npos);
}

TEST_CASE("what a cut-off run left is waited for, cleared, and its success is found") {
  Scene s;
  REQUIRE(pair(s).exit == 0);
  const std::string journal_before = s.file(scene::journal_file);
  // The same machine, but the run died before the outcome was written: database there, ledger without users.
  Scene cut;
  cut.host.model.entries["/databases/cosigner/db/secrets.db"] = s.host.model.entries.at("/databases/cosigner/db/secrets.db");
  host::Container leftover;
  leftover.id = "left";
  leftover.spec.name = "cosigner-init";
  leftover.spec.command = {"--initial-config-file", "/run/cosigner-pair/document.json"};
  leftover.state = "exited";
  cut.host.model.containers["cosigner-init"] = leftover;
  cut.put("/run/cosigner/pair/document.json", cut.token, {{0600}, {2000, 2000}});
  cut.host.model.entries.erase(scene::token_file.text());  // the token is spent: nobody may ask for it again
  CHECK(pair(cut).exit == 0);
  check_clean(cut);
  CHECK(cut.ledger().value("pairing.user_ids") == scene::user);
}

TEST_CASE("a database that names no user is not guessed about") {
  Scene s;
  s.put("/databases/cosigner/db/secrets.db", "{}", {{0600}, {2000, 2000}});
  s.host.model.container_program = [](kit::MachineModel&, const host::Container&, const std::vector<std::string>&) { return host::ExecOutput{0, Untrusted("WORKSPACE | USER ID\n"), Untrusted()}; };
  const Ending end = pair(s);
  CHECK(end.code == "pairing.database_unknown");
  check_clean(s);
}

TEST_CASE("a database that is gone is said, and pairing anew needs a token") {
  Scene s;
  REQUIRE(pair(s).exit == 0);
  s.host.model.entries.erase("/databases/cosigner/db/secrets.db");
  s.settings.answers.pairing_token = {};
  const auto stage = stages::make_pairing_stage();
  const auto report = s.run({stage.get()});
  CHECK(report::exit_code_of(report) == report::ExitCode::waiting_for_human);
  CHECK(report.stages.back().findings.at(0).id == "pairing.database_gone");
}

namespace {

void have_time_service(Scene& s, std::function<void(kit::MachineModel&)> started) {
  s.host.model.units["systemd-timesyncd.service"].state = {true, "active", "enabled", false};
  s.host.model.units["systemd-timesyncd.service"].started = std::move(started);
}

}  // namespace

TEST_CASE("a clock that may be half a second wrong, or that nothing keeps, is refused before the token is spent, with exit 3 and the value") {
  for (const auto& sync : {host::ClockSync{true, std::chrono::milliseconds(501)}, host::ClockSync{false, std::chrono::milliseconds(1)}}) {
    Scene s;
    s.host.model.clock_sync = sync;
    const bool is_there = sync.synchronised;
    if (is_there) have_time_service(s, {});
    const Ending end = pair(s);
    CHECK(end.code == "pairing.clock_unsure");
    CHECK(end.exit == 3);
    CHECK_THAT(end.message, Catch::Contains(is_there ? "501 ms" : "nothing keeps it right"));
    CHECK_THAT(end.remedy, Catch::Contains("timedatectl"));
    CHECK(s.ledger().value("pairing.user_ids").empty());
    check_clean(s);
  }
  Scene fine;
  fine.host.model.clock_sync = {true, std::chrono::milliseconds(500)};
  CHECK(pair(fine).exit == 0);
}

TEST_CASE("a service that asks rarely is started anew once before a machine is refused, and pairing goes on when that helped") {
  Scene s;
  s.host.model.clock_sync = {true, std::chrono::milliseconds(1020)};
  have_time_service(s, [](kit::MachineModel& model) { model.clock_sync = {true, std::chrono::milliseconds(3)}; });
  CHECK(pair(s).exit == 0);
  int restarts = 0;
  for (const auto& call : s.host.log.calls()) restarts += call == "services.restart systemd-timesyncd.service" ? 1 : 0;
  CHECK(restarts == 1);
}

TEST_CASE("with host.timeSync none the service is left alone and the clock still decides, unless clock.synchronised is waived") {
  Scene s;
  s.host.model.clock_sync = {false, std::chrono::seconds(16)};
  have_time_service(s, {});
  s.settings.answers.time_sync = "none";
  s.host.model.entries["/usr/bin/chronyc"] = {host::FileKind::regular, {{0755}, {}}, "", s.host.model.now};
  const Ending end = pair(s);
  CHECK(end.code == "pairing.clock_unsure");
  CHECK_THAT(end.remedy, Catch::Contains("chronyc tracking"));
  for (const auto& call : s.host.log.calls()) CHECK(call.rfind("services.", 0) != 0);
  s.settings.answers.waive = {"clock.synchronised"};
  CHECK(pair(s).exit == 0);
}

TEST_CASE("a paired machine is not asked for its clock") {
  Scene s;
  REQUIRE(pair(s).exit == 0);
  s.host.model.clock_sync = {false, std::chrono::seconds(16)};
  CHECK(pair(s).exit == 0);
}
