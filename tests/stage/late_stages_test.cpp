// The late stages together, from an unpaired machine to a healthy co-signer, and again.
#include <catch2/catch.hpp>

#include "cosigner_scene.hpp"
#include "installer/stages/config.hpp"

using namespace cosigner;
using report::ExitCode;
using scene::Scene;

namespace {

int exit_of(const report::RunReport& report) { return static_cast<int>(report::exit_code_of(report)); }

std::string trouble(const report::RunReport& report) {
  std::string text;
  for (const auto& stage : report.stages) {
    if (stage.error) text += stage.id + ": " + stage.error->code + ": " + stage.error->message + "\n";
  }
  return text;
}

int count(const std::vector<std::string>& calls, const std::string& part) {
  int number = 0;
  for (const auto& call : calls) number += call.find(part) != std::string::npos ? 1 : 0;
  return number;
}

}  // namespace

TEST_CASE("an unpaired machine with a token ends with a healthy, attested co-signer") {
  Scene s;
  const auto report = s.run_all();
  INFO(trouble(report));
  REQUIRE(exit_of(report) == 0);
  const auto& main = s.host.model.containers.at("cosigner");
  CHECK(main.running);
  CHECK(main.spec.image_id == scene::image_id);
  CHECK(main.spec.restart_policy == "always");
  CHECK(main.spec.no_new_privileges);
  CHECK(main.spec.environment.at("WEBSOCKET") == "1");
  CHECK(main.spec.group_ids == std::vector<std::string>{"125", "126"});
  CHECK(s.host.model.containers.count("cosigner-init") == 0);
  CHECK(s.host.model.entries.count("/run/cosigner/pair") == 0);
  CHECK(s.ledger().value("pairing.user_ids") == scene::user);
  CHECK(s.ledger().value("attestation.by") == "vendor");
}

TEST_CASE("a second run has no effects, opens no secret and asks the container one question") {
  Scene s;
  REQUIRE(exit_of(s.run_all()) == 0);
  s.put(scene::token_file, "this is no token and it is readable by all", {{0666}, {}});  // would be refused if it were opened
  const auto before = s.host.model.entries;
  s.host.log.clear();
  s.host.model.traffic.clear();
  const auto report = s.run_all();
  INFO(trouble(report));
  CHECK(exit_of(report) == 0);
  CHECK(report.effects == 0);
  CHECK(s.host.log.calls().empty());
  CHECK(s.host.model.entries == before);
  CHECK(count(s.host.model.traffic, "engine ask") == 1);
  CHECK(count(s.host.model.traffic, "tls ") == 0);
}

TEST_CASE("no token and no secret key is in anything that a run leaves behind") {
  Scene s;
  s.want_callback(profile::CallbackAuth::hybrid_root_ca);
  REQUIRE(exit_of(s.run_all()) == 0);
  const std::string kept = s.everything_kept();
  CHECK(kept.find(s.token) == std::string::npos);
  CHECK(kept.find(s.token.substr(s.token.rfind('.') + 1)) == std::string::npos);
  CHECK(kept.find("PRIVATE KEY") == std::string::npos);
}

TEST_CASE("everything before pairing is enough without a token: 21, and a token finishes later") {
  Scene s;
  s.settings.answers.pairing_token = {};
  const auto first = s.run_all();
  CHECK(exit_of(first) == 21);
  CHECK(s.host.model.containers.empty());
  s.host.model.now += std::chrono::hours(1);
  s.put_token();
  CHECK(exit_of(s.run_all()) == 0);
}

TEST_CASE("all five schemes reach the co-signer with all their fields, the Root CA too") {
  using profile::CallbackAuth;
  for (const auto auth : {CallbackAuth::public_key, CallbackAuth::certificate, CallbackAuth::root_ca, CallbackAuth::hybrid_certificate, CallbackAuth::hybrid_root_ca}) {
    Scene s;
    s.want_callback(auth);
    const auto report = s.run_all();
    INFO(static_cast<int>(auth) << " " << trouble(report));
    REQUIRE(exit_of(report) == 0);
    const std::string database = s.file("/databases/cosigner/db/secrets.db");
    CHECK(database.find("\"callbackUrl\":\"https://handler.example:8443/approve\"") != std::string::npos);
    const bool key = auth == CallbackAuth::public_key || auth == CallbackAuth::hybrid_certificate || auth == CallbackAuth::hybrid_root_ca;
    const bool certificate = auth == CallbackAuth::certificate || auth == CallbackAuth::hybrid_certificate;
    const bool root = auth == CallbackAuth::root_ca || auth == CallbackAuth::hybrid_root_ca;
    CHECK((database.find("\"callbackPublicKey\":\"-----BEGIN PUBLIC KEY-----\\n") != std::string::npos) == key);
    CHECK((database.find("\"callbackCert\":\"-----BEGIN CERTIFICATE-----\\n") != std::string::npos) == certificate);
    CHECK((database.find("\"callbackRootCA\":\"-----BEGIN CERTIFICATE-----\\n") != std::string::npos) == root);
    CHECK(s.run_all().effects == 0);
  }
}

TEST_CASE("a deleted configuration file, a removed container and a wrong mode are repaired, and nothing else") {
  Scene s;
  REQUIRE(exit_of(s.run_all()) == 0);
  SECTION("the file is written again, and the co-signer is left alone") {
    s.host.model.entries.erase("/etc/cosigner/config.json");
    s.host.log.clear();
    const auto report = s.run_all(engine::Disruption::aesm);
    CHECK(exit_of(report) == 0);
    CHECK(report.effects == 1);
    CHECK(count(s.host.log.calls(), "containers.") == 0);
  }
  SECTION("the container is made and started again") {
    s.host.model.containers.erase("cosigner");
    const auto report = s.run_all();
    INFO(trouble(report));
    CHECK(exit_of(report) == 0);
    CHECK(report.effects == 1);
    CHECK(s.host.model.containers.at("cosigner").running);
  }
  SECTION("a stopped container is started") {
    s.host.model.containers.at("cosigner").running = false;
    s.host.model.containers.at("cosigner").state = "exited";
    CHECK(exit_of(s.run_all()) == 0);
    CHECK(s.host.model.containers.at("cosigner").running);
  }
  SECTION("a data folder of another owner is given back") {
    s.host.model.entries["/databases/cosigner/log"].attributes = {{0777}, {0, 0}};
    const auto report = s.run_all();
    INFO(trouble(report));
    CHECK(exit_of(report) == 0);
    CHECK(s.host.model.entries["/databases/cosigner/log"].attributes == host::FileAttributes{{0750}, {2000, 2000}});
  }
}

TEST_CASE("a healthy co-signer is not interrupted without leave") {
  Scene s;
  REQUIRE(exit_of(s.run_all()) == 0);
  s.settings.answers.container_proxy_url = "http://proxy.example:3128";
  const auto held = s.run_all(engine::Disruption::aesm);
  CHECK(exit_of(held) == 22);
  CHECK(s.host.model.containers.at("cosigner").spec.environment.count("HTTPS_PROXY") == 0);
  const auto report = s.run_all(engine::Disruption::container);
  INFO(trouble(report));
  CHECK(exit_of(report) == 0);
  const auto& environment = s.host.model.containers.at("cosigner").spec.environment;
  CHECK(environment.at("HTTPS_PROXY") == "http://proxy.example:3128");
  CHECK(environment.at("WEBSOCKET") == "0");
}
