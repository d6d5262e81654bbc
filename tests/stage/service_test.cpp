#include "installer/stages/service.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

#include "cosigner_scene.hpp"
#include "installer/stages/attestation.hpp"
#include "installer/stages/callback.hpp"
#include "installer/stages/cosigner_container.hpp"

using namespace cosigner;
using scene::Scene;

namespace {

int exit_of(const report::RunReport& report) { return static_cast<int>(report::exit_code_of(report)); }

const Error& error_of(const report::RunReport& report) {
  REQUIRE(report.stages.back().error);
  CHECK_FALSE(report.stages.back().error->remedy.empty());
  return *report.stages.back().error;
}

struct Converged : Scene {
  Converged() { REQUIRE(exit_of(run_all()) == 0); }
};

}  // namespace

TEST_CASE("a co-signer that is started but not healthy is exit 14, with its log explained") {
  const std::vector<std::pair<std::string, std::string>> cases = {{"mute", "no contact with the gateway"},
                                                                  {"liar", "--list-devices does not name the paired user"},
                                                                  {"fatal", "the co-signer is overloaded"},
                                                                  {"loop", "the enclave cannot be loaded"}};
  for (const auto& [serving, words] : cases) {
    INFO(serving);
    Scene s;
    s.behaviour->serving = serving;
    const auto report = s.run_all();
    CHECK(exit_of(report) == 14);
    CHECK(error_of(report).code == "service.unhealthy");
    CHECK(error_of(report).message.find(words) != std::string::npos);
  }
}

TEST_CASE("how long contact may take is the answer wait.onlineSeconds") {
  Scene s;
  s.behaviour->serving = "mute";
  s.settings.answers.wait_online_seconds = 60;
  const Time before = s.host.model.now;
  CHECK(exit_of(s.run_all()) == 14);
  const auto took = s.host.model.now - before;
  CHECK(took >= std::chrono::seconds(60));
  CHECK(took < std::chrono::seconds(100));
}

TEST_CASE("a device that the gateway calls revoked is not waited for: it has to be paired again") {
  Scene s;
  s.behaviour->serving = "revoked";
  const Time before = s.host.model.now;
  const auto report = s.run_all();
  CHECK(exit_of(report) == 14);
  CHECK(error_of(report).message.find("revoked") != std::string::npos);
  CHECK(error_of(report).remedy.find("sudo cosigner pair") != std::string::npos);
  CHECK(s.host.model.now - before < std::chrono::seconds(60));
}

TEST_CASE("start: false makes the container and does not start it") {
  Scene s;
  s.settings.answers.start = false;
  const auto report = s.run_all();
  CHECK(exit_of(report) == 0);
  CHECK(s.host.model.containers.at("cosigner").state == "created");
  CHECK(s.run_all().effects == 0);
  s.settings.answers.start = true;
  CHECK(exit_of(s.run_all()) == 0);
  CHECK(s.host.model.containers.at("cosigner").running);
}

TEST_CASE("a run soon after a start waits for the answer instead of calling the co-signer sick") {
  Converged s;
  s.host.model.containers.at("cosigner").started = s.host.model.now - std::chrono::seconds(2);
  const auto report = s.run_all();
  CHECK(exit_of(report) == 0);
  CHECK(s.run_all().effects == 0);
}

TEST_CASE("a container that somebody changed is replaced only with leave") {
  Converged s;
  auto& spec = s.host.model.containers.at("cosigner").spec;
  SECTION("its image") { spec.image_id = "sha256:other"; }
  SECTION("its privileges") { spec.no_new_privileges = false; }
  SECTION("its restart policy") { spec.restart_policy = "no"; }
  SECTION("a proxy that nobody wants") { spec.environment["HTTPS_PROXY"] = "http://evil.example:1"; }
  SECTION("a mount more") { spec.mounts.push_back({"/", "/host", false}); }
  SECTION("no label of ours") { spec.labels.clear(); }
  CHECK(exit_of(s.run_all(engine::Disruption::aesm)) == 22);
  CHECK(exit_of(s.run_all(engine::Disruption::container)) == 0);
  CHECK(s.run_all().effects == 0);
}

TEST_CASE("what the image or the engine adds by itself is no difference") {
  Converged s;
  auto& spec = s.host.model.containers.at("cosigner").spec;
  spec.environment["PATH"] = "/bin";
  spec.environment.erase("AZDCAP_DEBUG_LOG_LEVEL");
  std::reverse(spec.mounts.begin(), spec.mounts.end());
  std::reverse(spec.devices.begin(), spec.devices.end());
  CHECK(s.run_all().effects == 0);
}

TEST_CASE("the one way to start demands a verdict for this very image, in its time") {
  Converged s;
  const auto verdict = stages::remembered_verdict(s.ledger());
  REQUIRE(verdict);
  CHECK(verdict->attested_by == "vendor");
  auto spec = stages::main_spec(s.host, s.settings, "sha256:other");
  REQUIRE(spec.ok());
  CHECK(stages::start_cosigner(s.host, *verdict, *spec).error().code == "attest.verdict_other_image");
  attest::Verdict ended = *verdict;
  ended.valid_until = s.host.model.now - std::chrono::seconds(1);
  spec->image_id = ended.image_id;
  CHECK(stages::start_cosigner(s.host, ended, *spec).error().code == "attest.verdict_ended");
}

TEST_CASE("without a verdict nothing is started") {
  Converged s;
  s.host.model.containers.clear();
  auto journal = state::Journal::load(s.host, scene::journal_file);
  REQUIRE(journal);
  state::Record forget;
  forget.kind = state::Record::Kind::done;
  forget.remember = {{"attestation.at", ""}};
  REQUIRE(journal->append(s.host, forget).ok());
  const auto stage = stages::make_service_stage();
  const auto report = s.run({stage.get()});
  CHECK(error_of(report).code == "attest.verdict_missing");
  CHECK(exit_of(report) == 4);
  CHECK(s.host.model.containers.empty());
}

TEST_CASE("a co-signer whose wanted callback is not in place is not started") {
  Converged s;
  s.host.model.containers.clear();
  s.want_callback(profile::CallbackAuth::public_key);
  const auto stage = stages::make_service_stage();
  const auto report = s.run({stage.get()});
  CHECK(error_of(report).code == "callback.not_in_place");
  CHECK(exit_of(report) == 10);
  CHECK(s.host.model.containers.empty());
}

TEST_CASE("a callback that was changed behind our back is a failed finding") {
  Scene s;
  s.want_callback(profile::CallbackAuth::public_key);
  REQUIRE(exit_of(s.run_all()) == 0);
  std::string& database = s.host.model.entries.at("/databases/cosigner/db/secrets.db").content;
  database.replace(database.find("handler.example"), 15, "attacks.example");
  const auto report = s.run_all();
  bool failed = false;
  for (const auto& finding : report.stages.back().findings)
    failed = failed || (finding.id == "callback.unchanged" && finding.outcome == report::Outcome::fail);
  CHECK(failed);
}

TEST_CASE("a changed callback is set in the running co-signer, without interrupting it") {
  Converged s;
  s.want_callback(profile::CallbackAuth::hybrid_root_ca);
  const std::string id = s.host.model.containers.at("cosigner").id;
  const auto report = s.run_all(engine::Disruption::none);
  CHECK(exit_of(report) == 0);
  CHECK(s.host.model.containers.at("cosigner").id == id);
  const std::string database = s.file("/databases/cosigner/db/secrets.db");
  CHECK(database.find("handler.example:8443") != std::string::npos);
  CHECK(database.find("\"callbackRootCA\":\"-----BEGIN") != std::string::npos);
  CHECK(s.host.model.entries.count("/databases/cosigner/config/update.json") == 0);
  CHECK(s.run_all().effects == 0);
}

TEST_CASE("a changed callback of a stopped co-signer is set in the one-shot container before it is started") {
  Converged s;
  s.host.model.containers.at("cosigner").running = false;
  s.host.model.containers.at("cosigner").state = "exited";
  s.want_callback(profile::CallbackAuth::certificate);
  CHECK(exit_of(s.run_all()) == 0);
  CHECK(s.file("/databases/cosigner/db/secrets.db").find("handler.example:8443") != std::string::npos);
  CHECK(s.host.model.containers.count("cosigner-init") == 0);
  CHECK(s.host.model.containers.at("cosigner").running);
}

TEST_CASE("a callback that the co-signer refuses is exit 10, and the former one stays") {
  Converged s;
  s.want_callback(profile::CallbackAuth::certificate);
  s.behaviour->update = "refused";
  const auto report = s.run_all();
  CHECK(exit_of(report) == 10);
  CHECK(error_of(report).code == "callback.update_failed");
  CHECK(s.ledger().value("callback." + scene::user + ".url") == "none");
}

TEST_CASE("a file of the callback answers that is gone later is said, and nothing is done") {
  Scene s;
  s.want_callback(profile::CallbackAuth::public_key);
  REQUIRE(exit_of(s.run_all()) == 0);
  s.host.model.entries.erase("/root/key.pem");
  const auto report = s.run_all();
  CHECK(exit_of(report) == 0);
  CHECK(report.effects == 0);
}

TEST_CASE("a handler that retries switches WebSockets off") {
  Scene s;
  s.want_callback(profile::CallbackAuth::public_key);
  s.settings.answers.callback->retry = true;
  REQUIRE(exit_of(s.run_all()) == 0);
  CHECK(s.host.model.containers.at("cosigner").spec.environment.at("WEBSOCKET") == "0");
}

TEST_CASE("the verdict is kept while image and machine are the same, and given anew when one changes") {
  Converged s;
  const std::string at = s.ledger().value("attestation.at");
  s.host.model.now += std::chrono::hours(5);
  CHECK(s.run_all().effects == 0);
  CHECK(s.ledger().value("attestation.at") == at);
  const std::string other = "sha256:" + std::string(64, 'c');
  const std::string digest = "sha256:" + std::string(64, 'd');
  const auto& place = s.settings.profile.image;
  s.host.model.images[other] = host::Image{other, {place.registry + "/" + place.repository + "@" + digest}, {}, {}};
  auto journal = state::Journal::load(s.host, scene::journal_file);
  REQUIRE(journal);
  state::Record pinned;
  pinned.kind = state::Record::Kind::done;
  pinned.remember = {{"image.id", other}, {"image.digest", digest}};
  REQUIRE(journal->append(s.host, pinned).ok());
  const auto report = s.run_all();
  CHECK(exit_of(report) == 0);
  CHECK(s.ledger().value("attestation.image") == other);
  CHECK(s.host.model.containers.at("cosigner").spec.image_id == other);
}

TEST_CASE("a log whose last word is a refused attestation is exit 4, and nothing is started") {
  const auto stage = stages::make_attestation_stage();
  Converged paired;
  auto journal = state::Journal::load(paired.host, scene::journal_file);
  REQUIRE(journal);
  state::Record forget;
  forget.kind = state::Record::Kind::done;
  forget.remember = {{"attestation.at", ""}};
  REQUIRE(journal->append(paired.host, forget).ok());
  paired.host.model.entries.at("/databases/cosigner/log/customer_cosigner.log").content +=
      "x FATAL failed attestation, status Revoked\n";
  const auto report = paired.run({stage.get()});
  CHECK(exit_of(report) == 4);
  CHECK(error_of(report).code == "attest.refused");
}

TEST_CASE("in service mode no text says verified") {
  Converged s;
  s.run_all();
  std::string all = s.everything_kept();
  CHECK(all.find("verified") == std::string::npos);
  CHECK(all.find("attested by the vendor's service, as of ") != std::string::npos);
}

TEST_CASE("the check after a boot is installed, enabled, and repaired") {
  Converged s;
  CHECK(s.file("/etc/systemd/system/cosigner-check.service").find("ExecStart=/var/lib/cosigner/bin/cosigner status") !=
        std::string::npos);
  CHECK(s.host.model.units.at("cosigner-check.timer").state.is_enabled());
  s.put("/etc/systemd/system/cosigner-check.service", "[Service]\nExecStart=/bin/true\n");
  s.host.model.units.at("cosigner-check.timer").state.enabled = "disabled";
  CHECK(exit_of(s.run_all(engine::Disruption::none)) == 0);
  CHECK(s.file("/etc/systemd/system/cosigner-check.service").find("/bin/true") == std::string::npos);
  CHECK(s.host.model.units.at("cosigner-check.timer").state.is_enabled());
  CHECK(s.run_all().effects == 0);
}

TEST_CASE("nothing of these stages is planned before somebody is paired") {
  Scene s;
  std::unique_ptr<engine::Stage> late[] = {stages::make_callback_stage(), stages::make_attestation_stage(),
                                           stages::make_service_stage()};
  for (const auto& stage : late) {
    const auto report = s.run({stage.get()});
    CHECK(report.effects == 0);
    CHECK(report.stages.back().findings.at(0).outcome == report::Outcome::skip);
  }
}
