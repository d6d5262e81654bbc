// Where packages come from besides the publisher: a mirror, a directory of this machine, another system's suite.
#include "source_scene.hpp"

using namespace cosigner;
using namespace cosigner::scene;
using report::Outcome;

namespace {

const std::string directory = "/srv/sgx";
const std::string directory_index = directory + "/dists/jammy/InRelease";
const std::string directory_key_file = directory + "/keys/intel-sgx.key";

/// A machine without network beside a copy of the publisher's repository.
struct Copied : SourceScene {
  Copied() {
    host.model.web.clear();
    host.model.addresses.clear();
    put(directory_index, key_fixture("suite.InRelease"));
    put(directory_key_file, key_fixture("good.asc"));
    settings.answers.repository_mirror = directory;
  }
};

}  // namespace

TEST_CASE("a directory is a source like the publisher's, held to his key, and nothing is asked of the network") {
  Copied s;
  SECTION("as a path") {}
  SECTION("as a URL") { s.settings.answers.repository_mirror = "file:///srv/sgx"; }
  SECTION("with the key file under the publisher's name") {
    s.host.model.entries.erase(directory_key_file);
    s.put(directory + "/intel-sgx-deb.key", key_fixture("good.asc"));
  }
  REQUIRE(s.ends_well());
  CHECK(mentions(s.file(source_file), "URIs: file:/srv/sgx\nSuites: jammy\n"));
  CHECK(mentions(s.file(source_file), "," + key_fixture_print("good") + "\n"));
  CHECK(mentions(s.file(pins_file), "Pin: release o=Example,l=Example? Local ?repo?,n=jammy\nPin-Priority: -1\n"));
  CHECK(s.count_traffic("http") == 0);
  CHECK(s.is_idle());
}

TEST_CASE("on Debian a directory takes the archive's place") {
  SourceScene s(HostScene::System::debian);
  s.host.model.web.clear();
  s.put("/srv/sgx/dists/bookworm/InRelease", key_fixture("local.InRelease"));
  s.put(directory_key_file, key_fixture("good.asc"));
  s.settings.answers.repository_mirror = directory;
  REQUIRE(s.ends_well());
  CHECK(mentions(s.file(source_file), "URIs: file:/srv/sgx\nSuites: bookworm\n"));
  CHECK(s.host.model.entries.count(repository) == 0);
  CHECK(s.is_idle());
}

TEST_CASE("a directory on whose way others may write is refused, with the place") {
  for (const char* part : {"/srv", "/srv/sgx"}) {
    for (const auto& attributes : {host::FileAttributes{{0777}, {}}, {{0775}, {}}, {{01777}, {}}, {{0755}, {1000, 1000}}}) {
      Copied s;
      s.host.model.entries.at(part).attributes = attributes;
      const auto report = s.converge();
      CHECK(s.error_of(report) == "apt.directory_unsafe");
      CHECK(report.stages.front().error->message.rfind(std::string(part) + " is not root's", 0) == 0);
      CHECK_FALSE(report.stages.front().error->remedy.empty());
      CHECK(report.effects == 0);
    }
  }
}

TEST_CASE("a directory inside of which others may change what is installed is refused, with the place and its owner") {
  const std::string lists = directory + "/dists/jammy/main/binary-amd64";
  const std::string pool = directory + "/pool/main", package = pool + "/libsgx-urts.deb";
  const auto whole = [&](Copied& s) {
    s.put(lists + "/Packages", key_fixture("local.Packages"));
    s.put(package, "content of libsgx-urts");
    s.put(pool + "/sgx-aesm-service.deb", "content of sgx-aesm-service");
    s.put(directory + "/notes.txt", "mine", {{0666}, {1000, 1000}});
    s.put(directory + "/other/sudo.deb", "mine", {{0666}, {1000, 1000}});
  };
  {
    Copied s;
    whole(s);
    REQUIRE(s.ends_well());
    CHECK(s.is_idle());
  }
  const auto refused = [](Copied& s, const std::string& place) {
    const auto report = s.converge();
    CHECK(s.error_of(report) == "apt.directory_unsafe");
    CHECK(report.stages.front().error->message.rfind(place + " is ", 0) == 0);
    CHECK_FALSE(report.stages.front().error->remedy.empty());
    CHECK(report.effects == 0);
    return report.stages.front().error->message;
  };
  for (const std::string& place : {directory + "/pool", pool, package, directory + "/dists", lists, lists + "/Packages", directory_index}) {
    for (const auto& attributes : {host::FileAttributes{{0755}, {1000, 1000}}, {{0775}, {}}}) {
      INFO(place);
      Copied s;
      whole(s);
      s.host.model.entries.at(place).attributes = attributes;
      CHECK(mentions(refused(s, place), attributes.owner.uid == 1000 ? "(user 1000, group 1000, mode 0755)" : "(user 0, group 0, mode 0775)"));
    }
  }
  Copied linked;
  whole(linked);
  linked.host.model.entries.at(package) = {host::FileKind::link, {{0777}, {}}, "/home/mirror/libsgx-urts.deb", linked.host.model.now};
  refused(linked, package);
  Copied bare;  // its lists are compressed: told by the files' names
  whole(bare);
  bare.host.model.entries.erase(lists + "/Packages");
  bare.put(lists + "/Packages.gz", "packed");
  REQUIRE(bare.ends_well());
  bare.put(pool + "/l/libsgx-urts_2.26_amd64.deb", "x");
  bare.host.model.entries.at(pool + "/l").attributes.owner = {1000, 1000};
  refused(bare, pool + "/l");
}

TEST_CASE("a directory that is no signed repository of the known key is refused before anything is written") {
  struct Case {
    const char* code;
    void (*change)(SourceScene&);
  };
  const Case cases[] = {
      {"apt.index_unsigned", [](SourceScene& s) { s.put(directory_index, key_fixture("suite.Release")); }},
      {"apt.index_signature_invalid", [](SourceScene& s) { s.put(directory_index, key_fixture("InRelease.other")); }},
      {"apt.index_malformed", [](SourceScene& s) { s.put(directory_index, key_fixture("local.InRelease")); }},
      {"apt.key_unknown", [](SourceScene& s) { s.put(directory_key_file, key_fixture("other.asc")); }},
      {"apt.key_ambiguous", [](SourceScene& s) { s.put(directory_key_file, key_fixture("together.asc")); }},
      {"apt.directory_unusable", [](SourceScene& s) { s.host.model.entries.erase(directory_key_file); }},
      {"apt.directory_unusable", [](SourceScene& s) { s.settings.answers.repository_mirror = "/srv/nothing"; }},
      {"apt.directory_unusable", [](SourceScene& s) { s.settings.answers.repository_suite = "noble"; }},
  };
  for (const Case& one : cases) {
    INFO(one.code);
    Copied s;
    one.change(s);
    const auto report = s.converge();
    CHECK(s.error_of(report) == one.code);
    CHECK_FALSE(report.stages.front().error->remedy.empty());
    CHECK(report.effects == 0);
  }
}

TEST_CASE("a directory that was copied again after a change of keys is followed, one with an older index is not") {
  Copied s;
  s.accept({"good", "next"});
  REQUIRE(s.ends_well());
  SECTION("new key, new index") {
    s.put(directory_index, key_fixture("suite.InRelease.next"));
    s.put(directory_key_file, key_fixture("next.asc"));
    REQUIRE(s.ends_well());
    CHECK(s.file(keyring_file) == keyring_of("next.asc"));
    CHECK(s.is_idle());
  }
  SECTION("older index") {
    s.put(directory_index, key_fixture("suite.InRelease.older"));
    CHECK(s.error_of(s.converge()) == "apt.index_older");
  }
}

TEST_CASE("the key of a mirror comes from the publisher, and from the mirror only when he cannot be reached") {
  const std::string mirror = "https://mirror.example/sgx/ubuntu";
  for (const std::string& place : {mirror + "/intel-sgx-deb.key", std::string("https://mirror.example/sgx/intel-sgx-deb.key")}) {
    SourceScene s;
    s.settings.answers.repository_mirror = mirror;
    s.host.model.addresses["mirror.example"] = {"192.0.2.9"};
    s.serve(place, key_fixture("good.asc"));
    s.host.model.web.erase(key_page);
    s.host.model.addresses.erase("download.01.org");
    REQUIRE(s.ends_well());
    CHECK(s.file(keyring_file) == keyring_of("good.asc"));
  }
  SourceScene s;
  s.settings.answers.repository_mirror = mirror;
  s.host.model.addresses["mirror.example"] = {"192.0.2.9"};
  s.serve(mirror + "/intel-sgx-deb.key", key_fixture("other.asc"));
  REQUIRE(s.ends_well());
  CHECK(s.count_traffic("http GET " + mirror) == 0);
  SourceScene lost;
  lost.settings.answers.repository_mirror = mirror;
  lost.serve(key_page, "", 404);
  const auto report = lost.converge();
  CHECK(lost.error_of(report) == "network.status_unexpected");
  CHECK(mentions(report.stages.front().error->message, key_page));
}

TEST_CASE("a system without a suite of the publisher's is refused, unless the operator names another system's") {
  SourceScene s;
  s.put("/usr/lib/os-release", "PRETTY_NAME=\"Debian GNU/Linux 11 (bullseye)\"\nID=debian\nVERSION_ID=\"11\"\n");
  const auto report = s.run_all();
  CHECK(s.error_of(report) == "hardware.os_unknown");
  CHECK(mentions(report.stages.front().error->message, "no package suite"));
  CHECK(mentions(report.stages.front().error->remedy, "focal"));
  CHECK(s.error_of(s.converge()) == "hardware.os_unknown");
  CHECK(s.file(source_file).empty());
  s.settings.answers.repository_suite = "focal";
  REQUIRE(s.ends_well());
  CHECK(mentions(s.file(source_file), "Suites: focal\n"));
  const auto all = s.run_all();
  CHECK(all.stages.front().error == std::nullopt);
}
