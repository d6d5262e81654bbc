// Rows of the threat model that the doctor answers, each with what it must say and what it must not.
#include <catch2/catch.hpp>
#include <functional>

#include "unit/checks/sound_machine.hpp"

using namespace cosigner;
using namespace cosigner::checks;
using report::Outcome;

namespace {

report::Finding seen_after(const std::string& check, const std::function<void(SoundMachine&)>& break_it) {
  SoundMachine machine;
  break_it(machine);
  engine::CheckChoice choice;
  choice.only = {check};
  return machine.look(choice).at(check);
}

host::Container stranger(std::vector<host::Mounted> mounts) {
  host::Container container;
  container.id = "c9";
  container.running = true;
  container.spec.name = "stranger";
  container.spec.mounts = std::move(mounts);
  return container;
}

}  // namespace

TEST_CASE("whoever is root over the signer by way of the engine is named") {
  const auto group = seen_after("security.engine_group", [](SoundMachine& m) {
    m.host.model.groups["docker"].members = {"eve", "bob"};
  });
  CHECK(group.outcome == Outcome::warn);
  CHECK_THAT(group.evidence, Catch::Contains("eve, bob"));
  const auto port =
      seen_after("security.engine_port", [](SoundMachine& m) { m.put("/proc/net/tcp", " 0: 00000000:0947 00000000:0000 0A\n"); });
  CHECK(port.outcome == Outcome::fail);
  CHECK_THAT(port.evidence, Catch::Contains("2375"));
  const auto socket = seen_after("security.engine_socket",
                                 [](SoundMachine& m) { m.host.model.entries["/run/docker.sock"].attributes.mode.bits = 0666; });
  CHECK(socket.outcome == Outcome::fail);
  for (const char* place : {"/var/run/docker.sock", "/run/docker.sock", "/databases/cosigner/db", "/databases", "/"}) {
    INFO(place);
    const auto seen = seen_after("security.containers", [&](SoundMachine& m) {
      m.host.model.containers["stranger"] = stranger({{place, "/inside", true}});
    });
    CHECK(seen.outcome == Outcome::fail);
    CHECK_THAT(seen.evidence, Catch::Contains("stranger"));
  }
  const auto device = seen_after("security.containers", [](SoundMachine& m) {
    auto container = stranger({});
    container.spec.devices = {{"/dev/sgx_provision", "/dev/sgx/provision"}};
    m.host.model.containers["stranger"] = container;
  });
  CHECK(device.outcome == Outcome::warn);
}

TEST_CASE("a registry or mirror that could slip an image in fails, another one does not") {
  const auto seen = [](const std::vector<std::string>& insecure, const std::vector<std::string>& mirrors) {
    return seen_after("engine.registries", [&](SoundMachine& m) {
      m.host.model.engine->insecure_registries = insecure;
      m.host.model.engine->mirrors = mirrors;
    });
  };
  const std::string registry = SoundMachine().settings.profile.image.registry;
  CHECK(seen({registry}, {}).outcome == Outcome::fail);
  CHECK(seen({registry + ":443"}, {}).outcome == Outcome::fail);
  CHECK(seen({"0.0.0.0/0"}, {}).outcome == Outcome::fail);
  CHECK(seen({"registry.example:5000"}, {}).outcome == Outcome::warn);
  CHECK(seen({}, {"https://" + registry + "/"}).outcome == Outcome::fail);
  CHECK(seen({}, {"https://mirror.example/"}).outcome == Outcome::pass);
  CHECK(seen({}, {}).outcome == Outcome::pass);
}

TEST_CASE("the co-signer's user id must be nobody's: no person's, no service's, in nobody's range") {
  const auto user = seen_after("security.uid", [](SoundMachine& m) {
    m.host.model.users["bob"] = {"bob", 2000, 2000, "/home/bob"};
  });
  CHECK(user.outcome == Outcome::fail);
  CHECK_THAT(user.evidence, Catch::Contains("bob"));
  for (const char* range : {"bob:2000:1\n", "x:100000:65536\nbob:1:2000\n", "bob:1000:65536\n"}) {
    INFO(range);
    CHECK(seen_after("security.uid", [&](SoundMachine& m) { m.put("/etc/subuid", range); }).outcome == Outcome::fail);
  }
  for (const char* range : {"bob:100000:65536\n", "bob:2001:5\n", "bob:1:1999\n", "junk\nbob:2000\nbob:x:y\n"}) {
    INFO(range);
    CHECK(seen_after("security.uid", [&](SoundMachine& m) { m.put("/etc/subuid", range); }).outcome == Outcome::pass);
  }
}

TEST_CASE("a token in the instance's cached user-data is found: the file is said, the value is not") {
  const std::string token = "eyJhbGciOiJIUzI1NiJ9.eyJjYW5hcnkiOiJ2YWx1ZSJ9.c2lnbmF0dXJlLW9mLWEtY2FuYXJ5LXRva2VuLTEyMzQ1Njc4OTA";
  for (const char* path : {"/var/lib/cloud/instance/user-data.txt", "/run/cloud-init/instance-data-sensitive.json"}) {
    const auto seen = seen_after(
        "security.user_data", [&](SoundMachine& m) { m.put(path, "#cloud-config\nwrite_files:\n - content: " + token + "\n"); });
    CHECK(seen.outcome == Outcome::fail);
    CHECK_THAT(seen.evidence, Catch::Contains(path) && !Catch::Contains("eyJ") && !Catch::Contains("c2lnbmF0"));
  }
  const auto harmless = seen_after("security.user_data", [](SoundMachine& m) {
    m.put("/var/lib/cloud/instance/user-data.txt", "#cloud-config\neyJ.eyJ.eyJ and eyJhb.x\n");
  });
  CHECK(harmless.outcome == Outcome::pass);
}

TEST_CASE("settings of apt that weaken its checks fail, with file and line, and a source with trusted=yes does") {
  const auto setting = seen_after("apt.settings", [](SoundMachine& m) {
    m.put("/etc/apt/apt.conf.d/99x", "// x\nAPT::Get::AllowUnauthenticated \"true\";\n");
  });
  CHECK(setting.outcome == Outcome::fail);
  CHECK_THAT(setting.evidence, Catch::Contains("/etc/apt/apt.conf.d/99x line 2"));
  const auto source = seen_after("sgx.source", [](SoundMachine& m) {
    m.put("/etc/apt/sources.list.d/other.list",
          "deb [trusted=yes] https://download.01.org/intel-sgx/sgx_repo/ubuntu jammy main\n");
  });
  CHECK(source.outcome == Outcome::fail);
  CHECK_THAT(source.evidence, Catch::Contains("trusted=yes"));
}

TEST_CASE("what is linked in is compared with the system's packages, by its series and not by their revision") {
  const auto outcome = [](const std::string& package, const std::string& version,
                          const std::vector<std::pair<std::string, std::string>>& linked) {
    return seen_after("security.libraries",
                      [&](SoundMachine& m) {
                        m.linked = linked;
                        m.install(package, version);
                      })
        .outcome;
  };
  CHECK(outcome("libssl3", "3.0.20-1~deb12u1", {{"openssl", "3.0.19"}}) == Outcome::warn);
  CHECK(outcome("libssl3t64", "3.0.20-0ubuntu3.9", {{"openssl", "3.0.19"}}) == Outcome::warn);
  CHECK(outcome("libssl3", "3.0.19-1~deb12u9", {{"openssl", "3.0.19"}}) == Outcome::pass);
  CHECK(outcome("libssl3", "3.5.4-1", {{"openssl", "3.0.19"}}) == Outcome::pass);
  CHECK(outcome("libcurl4", "8.5.0-2ubuntu10.6", {{"libcurl", "7.88.1"}}) == Outcome::warn);
  CHECK(outcome("libcurl4", "7.81.0-1ubuntu1.20", {{"libcurl", "7.88.1"}}) == Outcome::pass);
  CHECK(outcome("zlib1g", "1:1.2.13.dfsg-1", {{"zlib", "1.2.13"}}) == Outcome::pass);
  CHECK(outcome("zlib1g", "1:1.3.dfsg-3", {{"zlib", "1.2.13"}}) == Outcome::warn);
}

TEST_CASE("a program older than half a year is a warning, and the system's end of support is told") {
  const auto old = seen_after("security.program", [](SoundMachine& m) { m.host.model.now += std::chrono::hours(24 * 200); });
  CHECK(old.outcome == Outcome::warn);
  const auto support = [](const std::string& id, const std::string& version, int days, bool joined = false) {
    return seen_after("os.support", [&](SoundMachine& m) {
      m.put("/etc/os-release", "ID=" + id + "\nVERSION_ID=\"" + version + "\"\n");
      if (joined) m.put("/var/lib/ubuntu-advantage/status.json", "{\"attached\": true}");
      m.host.model.now += std::chrono::hours(24 * days);
    });
  };
  CHECK(support("debian", "12", 0).outcome == Outcome::pass);
  CHECK_THAT(support("debian", "12", 0).evidence, Catch::Contains("2028-06-30"));
  CHECK(support("debian", "12", 520).outcome == Outcome::warn);
  CHECK(support("debian", "12", 600).outcome == Outcome::fail);
  CHECK(support("ubuntu", "20.04", 0).outcome == Outcome::warn);
  CHECK(support("ubuntu", "20.04", 0, true).outcome == Outcome::pass);
  CHECK(support("ubuntu", "22.04", 0).outcome == Outcome::pass);
  CHECK(support("ubuntu", "22.04", 150).outcome == Outcome::warn);
  CHECK(support("arch", "1", 0).outcome == Outcome::unknown);
}
