#include <algorithm>
#include <catch2/catch.hpp>

#include "aesm_scene.hpp"
#include "installer/stages/aesm_settings.hpp"
#include "kit/aesmd_reader.hpp"

using namespace cosigner;
using namespace cosigner::scene;

namespace {

const std::string proxy = "http://proxy.example:3128";
const std::string drop_in = "/etc/systemd/system/aesmd.service.d/cosigner-start.conf";

/// Its path, when a copy with this text is kept.
std::string kept_copy(const AesmScene& scene, const std::string& text) {
  for (const auto& [path, entry] : scene.host.model.entries)
    if (path.rfind("/var/lib/cosigner/backup/etc_aesmd.conf.", 0) == 0 && entry.content == text) return path;
  return {};
}

bool warns_of(AesmScene& scene, const std::string& id, const std::string& part) {
  const auto all = scene.findings();
  return std::any_of(all.begin(), all.end(), [&](const report::Finding& each) { return each.id == id && each.outcome == report::Outcome::warn && each.evidence.find(part) != std::string::npos; });
}

const char* shipped_unit =
    "[Unit]\nDescription=daemon\n[Service]\nUser=aesmd\nType=forking\nPermissionsStartOnly=true\nExecStartPre=/opt/aesm/linksgx.sh\n"
    "ExecStartPre=/bin/mkdir -p \\\n   /var/run/aesmd/\nExecStartPre=-/bin/chown -R aesmd:aesmd /var/run/aesmd/\n# ExecStartPre=/bin/no\nExecStart=/opt/aesm/aesm_service\n";

/// A host whose systemd no longer honours PermissionsStartOnly.
struct NewSystemd : AesmScene {
  NewSystemd() : AesmScene("package") {
    host.model.packages["systemd"] = {"systemd", "258.1-1ubuntu2", "installed"};
    put("/usr/lib/systemd/system/aesmd.service", shipped_unit);
  }
};

}  // namespace

TEST_CASE("the answers' proxy is the daemon's, in the grammar that it reads, without login, and is taken back when the answer is gone") {
  AesmScene scene("package");
  scene.settings.answers.proxy_url = proxy;
  scene.settings.answers.proxy_username = "reader";
  scene.require_good();
  auto read = kit::read_as_daemon(scene.file(aesm_conf));
  CHECK(read.is_taken);
  CHECK(read.values.at("proxy type") == "manual");
  CHECK(read.values.at("aesm proxy") == proxy);
  CHECK(scene.file(aesm_conf).find("reader") == std::string::npos);
  CHECK(scene.file(aesm_conf).find("#proxy type = direct\n") == 0);
  CHECK(warns_of(scene, "sgx.aesm_proxy", "without the login"));
  CHECK(scene.converge().effects == 0);

  scene.settings.answers.proxy_url.clear();
  scene.settings.answers.proxy_username.clear();
  CHECK(scene.steps() == std::vector<std::string>{"daemon-stop", "aesmd-conf", "daemon-start", "daemon-answer", "aesm-proxy"});
  scene.require_good();
  read = kit::read_as_daemon(scene.file(aesm_conf));
  CHECK(read.values.at("proxy type") == "direct");
  CHECK(read.values.count("aesm proxy") == 0);
  CHECK(scene.converge().effects == 0);
}

TEST_CASE("a proxy that the operator gave the daemon is the operator's: it stays, and is not remembered as ours") {
  AesmScene scene("package");
  scene.require_good();
  const std::string own = "proxy type = manual\naesm proxy = " + proxy + "\n";
  scene.put(aesm_conf, own);
  CHECK(scene.converge().effects == 0);
  scene.settings.answers.proxy_url = proxy;
  scene.require_good();
  CHECK(scene.file(aesm_conf) == own);
  scene.settings.answers.proxy_url.clear();
  scene.require_good();
  CHECK(scene.file(aesm_conf) == own);
}

TEST_CASE("a malformed aesmd.conf is kept aside, whoever wrote it before, told of, and written anew from its good lines") {
  AesmScene scene("package");
  scene.require_good();
  const std::string bad = "# mine\nproxy type =direct\nqpl log level = info\n";
  scene.put(aesm_conf, bad);
  CHECK(warns_of(scene, "sgx.aesmd_conf", "line 2"));
  CHECK(scene.steps() == std::vector<std::string>{"daemon-stop", "aesmd-conf", "daemon-start", "daemon-answer"});
  scene.require_good();
  CHECK(scene.file(aesm_conf) == "# mine\nqpl log level = info\n");
  CHECK_FALSE(kept_copy(scene, bad).empty());
  const std::string worse = "colour = blue\n";
  scene.put(aesm_conf, worse);
  scene.require_good();
  CHECK(scene.file(aesm_conf).empty());
  CHECK_FALSE(kept_copy(scene, worse).empty());
  CHECK_FALSE(kept_copy(scene, bad).empty());
  CHECK(scene.converge().effects == 0);
}

TEST_CASE("where the daemon's settings are no regular file, or the proxy's address is longer than its lines, the stage says so and does nothing") {
  AesmScene scene("package");
  scene.require_good();
  scene.host.model.entries[aesm_conf] = {host::FileKind::link, {{0777}, {}}, "/srv/aesmd.conf", {}};
  CHECK(scene.converge().effects == 0);
  scene.settings.answers.proxy_url = proxy;
  CHECK(scene.error_of(scene.converge()) == "sgx.aesmd_conf_odd");
  scene.settings.answers.proxy_url = "http://" + std::string(2000, 'p') + ":1";
  scene.host.model.entries.erase(aesm_conf);
  const auto report = scene.converge();
  CHECK(scene.error_of(report) == "answers.proxy_too_long");
  CHECK(report::exit_code_of(report) == report::ExitCode::usage);
}

TEST_CASE("a daemon's file with a login in it keeps its owner and mode and is not shown; one that the daemon cannot read is opened to it") {
  AesmScene scene("package");
  scene.require_good();
  auto& entry = scene.host.model.entries;
  const std::string secret = "proxy type = manual\naesm proxy = http://me:secret@proxy.example:3128\nbad line\n";
  const host::FileAttributes closed{{0640}, {0, 990}};
  SECTION("a correction") {
    scene.put(aesm_conf, secret, closed);
    int files = 0;
    for (const auto& step : look_at_sgx_packages(scene).steps)
      if (const auto* file = std::get_if<engine::WriteFile>(&step.payload)) files += file->sensitive ? 1 : 100;
    CHECK(files == 1);
    scene.require_good();
    CHECK(scene.file(aesm_conf).find("bad line") == std::string::npos);
    CHECK(entry.at(aesm_conf).attributes == closed);
  }
  SECTION("root's alone, with a login") {
    scene.put(aesm_conf, "proxy type = manual\naesm proxy = http://me:secret@proxy.example:3128\n", {{0600}, {}});
    CHECK(scene.steps() == std::vector<std::string>{"daemon-stop", "aesmd-conf-mode", "daemon-start", "daemon-answer"});
    scene.require_good();
    CHECK(entry.at(aesm_conf).attributes == closed);
  }
  SECTION("root's alone, without one") {
    entry.at(aesm_conf).attributes = {{0600}, {}};
    scene.require_good();
    CHECK(entry.at(aesm_conf).attributes == host::FileAttributes{{0644}, {}});
  }
  CHECK(scene.converge().effects == 0);
}

TEST_CASE("the pre-start commands of a unit that relies on PermissionsStartOnly are repeated as root's, and only then") {
  CHECK(stages::start_as_root(shipped_unit) ==
        "# Written by cosigner: these commands run as root, which this systemd wants to be said of each.\n[Service]\nExecStartPre=\nExecStartPre=+/opt/aesm/linksgx.sh\n"
        "ExecStartPre=+/bin/mkdir -p  /var/run/aesmd/\nExecStartPre=+-/bin/chown -R aesmd:aesmd /var/run/aesmd/\n");
  CHECK_FALSE(stages::start_as_root("[Service]\nPermissionsStartOnly=no\nExecStartPre=/a\n").has_value());
  CHECK_FALSE(stages::start_as_root("[Service]\nExecStartPre=/a\n").has_value());
  CHECK_FALSE(stages::start_as_root("[Service]\nPermissionsStartOnly=true\n").has_value());
  CHECK_FALSE(stages::start_as_root("").has_value());
  const auto mixed = stages::start_as_root("PermissionsStartOnly = on\nExecStartPre=/gone\nExecStartPre=\nExecStartPre=-+/a\n");
  REQUIRE(mixed);
  CHECK(mixed->find("ExecStartPre=-+/a\n") != std::string::npos);
  CHECK(mixed->find("/gone") == std::string::npos);
}

TEST_CASE("on new systemd the daemon's unit gets our addition, which goes again when it is not needed") {
  NewSystemd scene;
  scene.require_good();
  CHECK(scene.file(drop_in) == stages::start_as_root(shipped_unit));
  CHECK_FALSE(scene.unit().needs_reload);
  CHECK(scene.converge().effects == 0);
  const auto goes = [&] {
    scene.require_good();
    CHECK(scene.file(drop_in).empty());
    CHECK_FALSE(scene.unit().needs_reload);
    CHECK(scene.converge().effects == 0);
  };
  SECTION("with an older systemd") {
    scene.host.model.packages["systemd"].version = "257.9-0";
    goes();
  }
  SECTION("with a unit that says it by itself") {
    scene.put("/usr/lib/systemd/system/aesmd.service", "[Service]\nExecStartPre=+/opt/aesm/linksgx.sh\n");
    goes();
  }
  SECTION("when the operator has an addition of his own") {
    scene.put("/etc/systemd/system/aesmd.service.d/own.conf", "[Service]\nExecStartPre=\nExecStartPre=+/opt/aesm/linksgx.sh\n");
    goes();
  }
  SECTION("for a profile that says never") {
    scene.settings.profile.aesm_drop_in_from_systemd = 0;
    goes();
  }
  SECTION("of a unit in /etc, which wins") {
    scene.put("/etc/systemd/system/aesmd.service", "[Service]\nPermissionsStartOnly=true\nExecStartPre=/own\n");
    scene.require_good();
    CHECK(scene.file(drop_in).find("ExecStartPre=+/own\n") != std::string::npos);
  }
  SECTION("but not when it is not ours") {
    scene.put(drop_in, "[Service]\nNice=5\n");
    scene.host.model.packages["systemd"].version = "257";
    CHECK(scene.converge().effects == 0);
  }
}

TEST_CASE("a crash at any writing call while the daemon's settings change is gone on from, to the same state") {
  int cases = crash_everywhere([] {
    std::unique_ptr<AesmScene> scene = std::make_unique<NewSystemd>();
    scene->settings.answers.proxy_url = proxy;
    return scene;
  });
  cases += crash_everywhere([] {
    std::unique_ptr<AesmScene> scene = std::make_unique<NewSystemd>();
    scene->settings.answers.proxy_url = proxy;
    scene->require_good();
    scene->settings.answers.proxy_url.clear();
    scene->host.model.packages["systemd"].version = "257";
    return scene;
  });
  cases += crash_everywhere([] {
    auto scene = std::make_unique<AesmScene>("package");
    scene->settings.answers.proxy_url = proxy;
    scene->require_good();
    scene->put(aesm_conf, "proxy type =manual\nqpl log level = info\n");
    return scene;
  });
  WARN("the daemon's settings: " << cases << " crash cases");
  CHECK(cases > 30);
}
