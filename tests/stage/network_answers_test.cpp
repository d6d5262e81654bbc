#include <algorithm>
#include <catch2/catch.hpp>

#include "host_scene.hpp"
#include "installer/stages/apt_repo.hpp"
#include "installer/stages/sgx_packages.hpp"

using namespace cosigner;
using namespace cosigner::scene;
using System = HostScene::System;

namespace {

/// Every request for the publisher's key, as it was made.
struct Watched {
  HostScene scene{System::ubuntu};
  std::vector<host::HttpRequest> requests;

  Watched() {
    scene.host.model.web[key_page] = [this](kit::MachineModel&, const host::HttpRequest& request) -> Result<host::HttpResponse> {
      requests.push_back(request);
      return host::HttpResponse{200, {}, key_fixture("good.asc")};
    };
  }
  bool apt_was_told(const std::string& setting) const {
    const auto& told = scene.host.model.apt_settings;
    return std::find(told.begin(), told.end(), setting) != told.end();
  }
};

}  // namespace

TEST_CASE("downloads and apt go through the operator's proxy with its login, and directly to the hosts that are named") {
  Watched watched;
  watched.scene.put("/root/proxy-password", "p w/1", {{0600}, {}});
  profile::Answers& answers = watched.scene.settings.answers;
  answers.proxy_url = "http://proxy.example:3128";
  answers.no_proxy = {"mirror.example"};
  answers.proxy_username = "me";
  answers.proxy_password = {profile::SecretRef::Kind::file, "/root/proxy-password", {}};
  CHECK(exit_code_of(watched.scene.run_all()) == report::ExitCode::ok);
  REQUIRE_FALSE(watched.requests.empty());
  const auto& proxy = watched.requests.front().proxy;
  REQUIRE(proxy);
  CHECK(proxy->url == answers.proxy_url);
  CHECK(proxy->no_proxy == answers.no_proxy);
  CHECK(proxy->username == "me");
  CHECK(proxy->password.reveal("test") == "p w/1");
  for (const char* setting : {"Acquire::https::Proxy=http://proxy.example:3128", "Acquire::https::Proxy::mirror.example=DIRECT", "Acquire::http::Proxy::mirror.example=DIRECT",
                              "proxy http://me:p%20w%2F1@proxy.example:3128"}) {
    INFO(setting);
    CHECK(watched.apt_was_told(setting));
  }
}

TEST_CASE("without a proxy none is used, and without a login none is sent") {
  Watched watched;
  SECTION("no proxy") {
    CHECK(exit_code_of(watched.scene.run_all()) == report::ExitCode::ok);
    CHECK_FALSE(watched.requests.front().proxy);
    CHECK(watched.scene.host.model.apt_settings.empty());
  }
  SECTION("no login") {
    watched.scene.settings.answers.proxy_url = "http://proxy.example:3128";
    CHECK(exit_code_of(watched.scene.run_all()) == report::ExitCode::ok);
    for (const auto& setting : watched.scene.host.model.apt_settings) CHECK(setting.rfind("proxy ", 0) != 0);
  }
}

TEST_CASE("the plan and the journal of a run through a proxy with a login hold no password") {
  Watched watched;
  watched.scene.put("/root/proxy-password", "canary77", {{0600}, {}});
  watched.scene.settings.answers.proxy_url = "http://proxy.example:3128";
  watched.scene.settings.answers.proxy_username = "me";
  watched.scene.settings.answers.proxy_password = {profile::SecretRef::Kind::file, "/root/proxy-password", {}};
  for (const auto& step : watched.scene.look(*stages::make_apt_repo_stage()).steps) CHECK(engine::effect_of(step).find("canary77") == std::string::npos);
  watched.scene.run_all();
  for (const auto& [path, entry] : watched.scene.host.model.entries) {
    INFO(path);
    if (path != "/root/proxy-password") CHECK(entry.content.find("canary77") == std::string::npos);
  }
}

TEST_CASE("a further CA reaches downloads and apt") {
  Watched watched;
  watched.scene.put("/etc/company-ca.pem", "PEM of the company");
  watched.scene.settings.answers.extra_ca.file = "/etc/company-ca.pem";
  CHECK(exit_code_of(watched.scene.run_all()) == report::ExitCode::ok);
  CHECK(watched.requests.front().extra_ca_pem == "PEM of the company");
  CHECK(watched.apt_was_told("Acquire::https::CAInfo=/etc/company-ca.pem"));
}
