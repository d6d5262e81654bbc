#include "installer/stages/config.hpp"

#include <catch2/catch.hpp>

#include "cosigner_scene.hpp"
#include "profile/answers_json.hpp"

using namespace cosigner;
using scene::Scene;

TEST_CASE("the configuration file is for root, says what was set up, and can be given as answers again") {
  Scene s;
  s.want_callback(profile::CallbackAuth::hybrid_certificate);
  s.settings.answers.wait_online_seconds = 600;
  REQUIRE(report::exit_code_of(s.run_all()) == report::ExitCode::ok);
  CHECK(s.host.model.entries.at("/etc/cosigner/config.json").attributes == host::FileAttributes{{0600}, {}});
  const std::string text = s.file(stages::generated_config_path);
  const auto generated = config::read_generated(text);
  REQUIRE(generated.ok());
  CHECK(generated->users.at(0).user_id == scene::user);
  CHECK(generated->users.at(0).callback_auth == "hybridCertificate");
  CHECK(generated->image_id == scene::image_id);
  CHECK(generated->attested_by == "vendor");
  CHECK(generated->gateway == "mobile-api.fireblocks.io");
  const auto again = profile::read_answers(text, "config.json");
  for (const auto& problem : again.problems) UNSCOPED_INFO(profile::text_of(problem));
  CHECK(again.problems.empty());
  REQUIRE(again.answers.callback);
  CHECK(again.answers.callback->url == "https://handler.example:8443/approve");
  CHECK(again.answers.callback->certificate.file == "/root/leaf.pem");
  CHECK(again.answers.wait_online_seconds == 600);
  CHECK_FALSE(again.answers.pairing_token.is_set());
}

TEST_CASE("a configuration file that was edited is written again, the edited one kept") {
  Scene s;
  REQUIRE(report::exit_code_of(s.run_all()) == report::ExitCode::ok);
  const std::string good = s.file(stages::generated_config_path);
  s.put(stages::generated_config_path, "{\"version\":1}", {{0600}, {}});
  CHECK(s.run_all().effects == 1);
  CHECK(s.file(stages::generated_config_path) == good);
}

TEST_CASE("a configuration file that others may read is closed, one that was only laid out anew is left") {
  Scene s;
  REQUIRE(report::exit_code_of(s.run_all()) == report::ExitCode::ok);
  const std::string good = s.file(stages::generated_config_path);
  s.put(stages::generated_config_path, "\n" + good, {{0644}, {}});
  CHECK(s.run_all().effects == 1);
  CHECK(s.host.model.entries.at("/etc/cosigner/config.json").attributes == host::FileAttributes{{0600}, {}});
  CHECK(s.file(stages::generated_config_path) == "\n" + good);
}
