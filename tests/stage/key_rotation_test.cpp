// The publisher changes keys in the middle of a machine's life: as a normal case, and never back.
#include "source_scene.hpp"
#include "tar_text.hpp"

using namespace cosigner;
using namespace cosigner::scene;
using report::Outcome;

namespace {

const Path backups = "/var/lib/cosigner/backup";

/// A converged machine whose profile lists the present key and the coming one, before the publisher changes.
struct Rotating : SourceScene {
  Rotating() {
    settings.profile.key_look_days = 120;  // the fixture's key is in its last months
    accept({"good", "next"});
    REQUIRE(ends_well());
  }
  void publish(const std::string& key, const std::string& index) {
    serve(key_page, key_fixture(key));
    serve(index_page, key_fixture(index));
  }
  bool has_key(const std::string& name) const { return file(keyring_file) == keyring_of(name + ".asc") && mentions(file(source_file), "," + key_fixture_print(name) + "\n"); }
  void drift() { put(source_file, "Types: deb\n"); }
};

/// As the publisher's, with the key that he makes of it his own.
std::string archive(const std::string& suite, const std::string& index, const std::string& key) {
  const std::string top = "sgx_debian_local_repo/";
  return to_tar({{top + "keys/intel-sgx.key", key_fixture(key)}, {top + "dists/" + suite + "/InRelease", key_fixture(index)}, {top + "dists/" + suite + "/main/binary-amd64/Packages", key_fixture("local.Packages")},
                 {top + "pool/main/libsgx-urts.deb", "content of libsgx-urts"}, {top + "pool/main/sgx-aesm-service.deb", "content of sgx-aesm-service"}});
}

const std::string a_package = repository + "/pool/main/libsgx-urts.deb";

/// A Debian that takes an archive for jammy, for which there are indices by both keys.
struct Unpacked : SourceScene {
  Unpacked() : SourceScene(HostScene::System::debian) {
    accept({"good", "next"});
    settings.answers.repository_suite = "jammy";
    publish("good", "suite.InRelease");
    REQUIRE(ends_well());
  }
  void publish(const std::string& key, const std::string& index) {
    serve(key_page, key_fixture(key + ".asc"));
    serve(archive_page, archive("jammy", index, key + ".asc"));
  }
};

report::Finding offer_in(const report::RunReport& report) {
  const auto* finding = finding_of(report.stages.front().findings, "apt.key_offer");
  REQUIRE(finding != nullptr);
  CHECK(finding->outcome == Outcome::warn);
  CHECK_FALSE(finding->remedy.empty());
  return *finding;
}

}  // namespace

TEST_CASE("an accepted successor of a key that ends soon takes its place before the lists, and the file before is kept") {
  Rotating s;
  const std::string former = s.file(keyring_file);
  s.publish("next.asc", "suite.InRelease.next");
  const auto plan = s.plan();
  CHECK(ids_of(plan) == std::vector<std::string>{"former-keyring-folder", "former-keyring", "keyring", "source", "lists"});
  CHECK(mentions(plan.steps[2].why, key_fixture_print("next") + " of 2026-10-15 follows the installed key " + key_fixture_print("good")));
  REQUIRE(s.ends_well());
  CHECK(s.has_key("next"));
  bool is_kept = false;
  for (const auto& [path, entry] : s.host.model.entries) is_kept = is_kept || (Path(path).is_within(backups) && entry.content == former);
  CHECK(is_kept);
  CHECK(s.is_idle());
}

TEST_CASE("a key that is good for long is not asked about until lists have to be fetched") {
  Rotating s;
  s.settings.profile.key_look_days = 14;
  s.publish("next.asc", "suite.InRelease.next");
  REQUIRE(s.is_idle());
  CHECK(s.has_key("good"));
  SECTION("because the source drifted") { s.drift(); }
  SECTION("because the lists are gone") { s.host.model.fetched_sources.clear(); }
  SECTION("because packages are wanted and the lists are old") { s.pass(std::chrono::hours(25)); }
  REQUIRE(s.ends_well());
  CHECK(s.has_key("next"));
  CHECK(s.is_idle());
}

TEST_CASE("a key that ends soon is not asked about while the profile lists no other, or only ended ones") {
  SourceScene s;
  s.settings.profile.key_look_days = 120;
  REQUIRE(s.ends_well());
  CHECK(s.is_idle());
  for (auto& platform : s.settings.profile.platforms) platform.sgx_source.keys.push_back({key_fixture_print("ended"), parse_time("2026-06-01T00:00:00Z")});
  CHECK(s.is_idle());
}

TEST_CASE("a new key that nobody announced is told by its fingerprint and stops nothing while the old one is good") {
  SourceScene s;
  REQUIRE(s.ends_well());
  const std::string former = s.file(keyring_file);
  s.serve(key_page, key_fixture("other.asc"));
  s.put(source_file, "Types: deb\n");
  const auto report = s.converge();
  CHECK(report::exit_code_of(report) == report::ExitCode::ok);
  const auto finding = offer_in(report);
  CHECK(mentions(finding.evidence, key_fixture_print("other")));
  CHECK(mentions(finding.evidence, "until 2027-03-20"));
  CHECK(s.file(keyring_file) == former);
  SECTION("and stops the stage once the old one has ended") {
    s.host.model.now = *parse_time("2027-06-01T00:00:00Z");
    CHECK(s.error_of(s.converge()) == "apt.key_unknown");
  }
  SECTION("and is taken when the operator vouches for it") {
    s.settings.answers.key_fingerprints = {key_fixture_print("other")};
    s.serve(index_page, "");
    s.put(source_file, "Types: deb\n");
    // Made in the same second as the installed key, and without an end: the later one.
    REQUIRE(s.ends_well());
    CHECK(s.file(keyring_file) == keyring_of("other.asc"));
  }
}

TEST_CASE("a server that offers the older key again does not take the machine back") {
  Rotating s;
  s.publish("next.asc", "suite.InRelease.next");
  REQUIRE(s.ends_well());
  s.publish("good.asc", "suite.InRelease.next");
  s.drift();
  const auto report = s.converge();
  CHECK(report::exit_code_of(report) == report::ExitCode::ok);
  CHECK(mentions(offer_in(report).evidence, "was made before the installed key " + key_fixture_print("next")));
  CHECK(s.has_key("next"));
}

TEST_CASE("a server that was put back with its key and its index is refused for the index's age, when lists are needed") {
  Rotating s;
  s.publish("next.asc", "suite.InRelease.next");
  REQUIRE(s.ends_well());
  s.publish("good.asc", "suite.InRelease.older");
  CHECK(s.is_idle());
  s.host.model.fetched_sources.clear();
  const auto report = s.converge();
  CHECK(s.error_of(report) == "apt.index_older");
  CHECK(mentions(report.stages.front().error->message, "2026-10-01"));
  CHECK(report.effects == 0);
  s.publish("next.asc", "suite.InRelease.next");
  REQUIRE(s.ends_well());
  CHECK(s.has_key("next"));
}

TEST_CASE("on Debian an archive from before a change of keys is refused for its age, one by a stranger for its signature") {
  SourceScene s(HostScene::System::debian);
  REQUIRE(s.ends_well());
  s.accept({"good", "next"});
  s.host.model.entries.erase(repository + "/dists/bookworm/InRelease");
  s.serve(key_page, key_fixture("next.asc"));
  s.serve(archive_page, local_archive(key_fixture("local.InRelease.older")));
  CHECK(s.error_of(s.converge()) == "apt.index_older");
  CHECK(s.file(keyring_file) == keyring_of("good.asc"));
  s.serve(archive_page, local_archive(key_fixture("local.InRelease.other")));
  CHECK(s.error_of(s.converge()) == "apt.index_signature_invalid");
}

TEST_CASE("a key server that fails, or gives nonsense, stops nobody who has a good key") {
  for (const auto& [body, status] : {std::pair<std::string, int>{"", 404}, {"", 503}, {"<html>hello</html>", 200}, {key_fixture("good-then-next.asc"), 200}}) {
    INFO(status << " " << body.substr(0, 20));
    Rotating s;
    s.serve(key_page, body, status);
    s.drift();
    const auto report = s.converge();
    CHECK(report::exit_code_of(report) == report::ExitCode::ok);
    offer_in(report);
    CHECK(s.has_key("good"));
  }
  Rotating s;
  s.host.model.addresses.erase("download.01.org");
  s.drift();
  CHECK(report::exit_code_of(s.converge()) == report::ExitCode::ok);
}

TEST_CASE("the change waits for the index: while that is signed with the former key apt would refuse it") {
  Rotating s;
  s.publish("next.asc", "suite.InRelease");
  CHECK(mentions(finding_of(s.plan().findings, "apt.key_offer")->evidence, "still signed with the installed one"));
  CHECK(s.plan().steps.empty());
  CHECK(s.has_key("good"));
  s.publish("next.asc", "suite.InRelease.next");
  REQUIRE(s.ends_well());
  CHECK(s.has_key("next"));
}

TEST_CASE("a prolonged key replaces its former copy, and is not given up for that one again") {
  SourceScene s;
  REQUIRE(s.ends_well());
  s.serve(key_page, key_fixture("prolonged.asc"));
  s.put(source_file, "Types: deb\n");
  REQUIRE(s.ends_well());
  const std::string prolonged = s.file(keyring_file);
  CHECK(prolonged == keyring_of("prolonged.asc"));
  CHECK(prolonged != keyring_of("good.asc"));
  s.serve(key_page, key_fixture("good.asc"));
  s.put(source_file, "Types: deb\n");
  REQUIRE(s.ends_well());
  CHECK(s.file(keyring_file) == prolonged);
}

TEST_CASE("after the end of the old key the accepted new one is taken, and the file before is kept") {
  Rotating s;
  const std::string former = s.file(keyring_file);
  s.publish("next.asc", "suite.InRelease.next");
  s.host.model.now = *parse_time("2027-06-01T00:00:00Z");
  REQUIRE(s.ends_well());
  CHECK(s.has_key("next"));
  bool is_kept = false;
  for (const auto& [path, entry] : s.host.model.entries) is_kept = is_kept || (Path(path).is_within(backups) && entry.content == former);
  CHECK(is_kept);
}

TEST_CASE("on Debian the unpacked archive keeps its key while that is good, and the next archive may bring the new one") {
  SourceScene s(HostScene::System::debian);
  s.accept({"good", "next"});
  s.settings.profile.key_look_days = 120;
  REQUIRE(s.ends_well());
  s.serve(key_page, key_fixture("next.asc"));
  CHECK(s.plan().steps.empty());
  CHECK(finding_of(s.plan().findings, "apt.key_offer") != nullptr);
}

TEST_CASE("on Debian the archive decides among the accepted keys, whatever the key server offers") {
  SECTION("on a machine that has lost a package, between the new key and the new archive") {
    Unpacked s;
    s.serve(key_page, key_fixture("next.asc"));
    s.host.model.entries.erase(a_package);
    CHECK(ids_of(s.plan()) == std::vector<std::string>{"staging", "archive"});
    REQUIRE(s.ends_well());
    CHECK(s.file(keyring_file) == keyring_of("good.asc"));
    CHECK_FALSE(s.file(a_package).empty());
    CHECK(s.is_idle());
    s.publish("next", "suite.InRelease.next");  // and then both are new
    s.host.model.entries.erase(a_package);
    REQUIRE(s.ends_well());
    CHECK(s.file(keyring_file) == keyring_of("next.asc"));
    CHECK(mentions(s.file(source_file), "," + key_fixture_print("next") + "\n"));
    CHECK(s.is_idle());
  }
  SECTION("on a fresh machine, by the key that the archive brings and whose fingerprint is accepted") {
    SourceScene s(HostScene::System::debian);
    s.accept({"good", "next"});
    s.serve(key_page, key_fixture("next.asc"));
    s.serve(archive_page, archive("bookworm", "local.InRelease", "good.asc"));
    REQUIRE(s.ends_well());
    CHECK(s.file(keyring_file) == keyring_of("good.asc"));
    CHECK(s.is_idle());
  }
  SECTION("also when the keyring has the newer one already") {
    Unpacked s;
    s.put(keyring_file, keyring_of("next.asc"));
    REQUIRE(s.ends_well());
    CHECK(s.file(keyring_file) == keyring_of("good.asc"));
    CHECK(s.is_idle());
  }
  SECTION("but not one from before the index that was seen") {
    Unpacked s;
    s.publish("next", "suite.InRelease.next");
    s.host.model.entries.erase(a_package);
    REQUIRE(s.ends_well());
    s.publish("good", "suite.InRelease.older");
    s.host.model.entries.erase(a_package);
    CHECK(s.error_of(s.converge()) == "apt.index_older");
    CHECK(s.file(keyring_file) == keyring_of("next.asc"));
  }
  SECTION("but never for a key that nobody accepted, though it comes with the archive") {
    Unpacked s;
    s.settings.answers.repository_suite.clear();
    s.serve(archive_page, archive("bookworm", "local.InRelease.other", "other.asc"));
    CHECK(s.error_of(s.converge()) == "apt.index_signature_invalid");
    CHECK(s.file(keyring_file) == keyring_of("good.asc"));
  }
}

TEST_CASE("a change of keys with an archive that is cut off anywhere is gone on with, to the same state") {
  const auto prepare = [](Unpacked& s) {
    s.publish("next", "suite.InRelease.next");
    s.host.model.entries.erase(a_package);
    s.pass(std::chrono::minutes(5));
    s.host.log.clear();
  };
  Unpacked first;
  prepare(first);
  const kit::MachineModel start = first.host.model;
  REQUIRE(first.ends_well());
  const std::string wanted = kit::settled_state(first.host.model);
  kit::at_every_call(first.host.log.calls(), [&](const kit::Fault& fault) {
    Unpacked s;
    s.host.model = start;
    kit::die(s.host, fault, [&] { s.converge(); });
    REQUIRE(s.ends_well());
    CHECK(kit::settled_state(s.host.model) == wanted);
    CHECK(s.is_idle());
  });
}

TEST_CASE("a change of keys that is cut off anywhere is gone on with, to the same state") {
  Rotating first;
  first.publish("next.asc", "suite.InRelease.next");
  first.pass(std::chrono::minutes(5));
  const kit::MachineModel start = first.host.model;
  first.host.log.clear();
  REQUIRE(first.ends_well());
  const std::string wanted = kit::settled_state(first.host.model);
  const std::vector<std::string> calls = first.host.log.calls();
  REQUIRE(calls.size() > 5);
  kit::at_every_call(calls, [&](const kit::Fault& fault) {
    SourceScene s;
    s.accept({"good", "next"});
    s.settings.profile.key_look_days = 120;
    s.host.model = start;
    kit::die(s.host, fault, [&] { s.converge(); });
    REQUIRE(s.ends_well());
    CHECK(kit::settled_state(s.host.model) == wanted);
    CHECK(s.is_idle());
  });
}
