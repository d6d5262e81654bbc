#include "installer/stages/apt_repo.hpp"

#include <catch2/catch.hpp>

#include "host_scene.hpp"
#include "installer/stages/sgx_packages.hpp"
#include "tar_text.hpp"

using namespace cosigner;
using namespace cosigner::scene;
using System = HostScene::System;

namespace {

report::RunReport converge(HostScene& scene) {
  const auto stage = stages::make_apt_repo_stage();
  return scene.run({stage.get()});
}

bool ends_well(HostScene& scene) { return has_ended_well(converge(scene)); }

report::Outcome outcome_of(const engine::StagePlan& plan, const std::string& id) {
  for (const auto& finding : plan.findings) {
    if (finding.id == id) return finding.outcome;
  }
  FAIL("no finding " << id);
  return report::Outcome::unknown;
}

}  // namespace

TEST_CASE("on a bare Ubuntu the source is set up with the key alone, pins and lists") {
  HostScene scene(System::ubuntu);
  REQUIRE(ends_well(scene));
  CHECK(scene.file(source_file).find("Signed-By: " + keyring_file + "," + key_fixture_print("good") + "\n") != std::string::npos);
  CHECK(scene.file(source_file).find("Suites: jammy\n") != std::string::npos);
  CHECK(scene.file(pins_file).find("Pin: origin download.01.org\nPin-Priority: -1\n") != std::string::npos);
  CHECK(scene.host.model.entries.at(keyring_file).attributes.mode.bits == 0644);
  CHECK(scene.host.model.fetched_sources.count(source_file) == 1);
}

TEST_CASE("a second run has no effect, no network and no child") {
  for (const auto system : {System::ubuntu, System::debian}) {
    HostScene scene(system);
    REQUIRE(ends_well(scene));
    scene.host.model.traffic.clear();
    scene.host.log.clear();
    CHECK(converge(scene).effects == 0);
    CHECK(scene.host.model.traffic.empty());
    CHECK(scene.host.log.calls().empty());
  }
}

TEST_CASE("drift of each file is repaired, and only that") {
  struct Drift {
    std::string path, content;
  };
  for (const auto& [path, content] : {Drift{source_file, "Types: deb\nURIs: https://evil.example/x\nSuites: jammy\nComponents: main\nTrusted: yes\n"}, Drift{keyring_file, key_fixture("good.gpg").substr(0, 100)},
                                      Drift{keyring_file, ""}, Drift{keyring_file, key_fixture("good-then-other.gpg")}, Drift{pins_file, "Package: *\nPin: origin download.01.org\nPin-Priority: 1001\n"}}) {
    INFO(path);
    HostScene scene(System::ubuntu);
    REQUIRE(ends_well(scene));
    const auto good = scene.host.model.entries;
    scene.put(path, content);
    scene.host.log.clear();
    REQUIRE(ends_well(scene));
    CHECK(scene.file(path) == good.at(path).content);
    for (const auto& call : scene.host.log.calls()) {
      const bool is_record = call.find("/var/lib/cosigner") != std::string::npos;
      const bool is_lists = path == source_file && call.find("packages.update") == 0;
      CHECK((is_record || is_lists || call.find(path) != std::string::npos));
    }
  }
}

TEST_CASE("a keyring with a mode that apt's user could not read is written anew") {
  HostScene scene(System::ubuntu);
  REQUIRE(ends_well(scene));
  scene.host.model.entries.at(keyring_file).attributes.mode.bits = 0600;
  REQUIRE(ends_well(scene));
  CHECK(scene.host.model.entries.at(keyring_file).attributes.mode.bits == 0644);
}

TEST_CASE("a served key that is not the announced one, alone and good, stops the stage before anything is written") {
  struct Case {
    std::string file, print, code;
  };
  for (const auto& [file, print, code] : {Case{"other.asc", "good", "apt.key_unknown"}, Case{"together.asc", "good", "apt.key_ambiguous"}, Case{"other-then-good.gpg", "good", "apt.key_ambiguous"},
                                          Case{"ended.asc", "ended", "apt.key_expired"}, Case{"revoked.asc", "revoked", "apt.key_revoked"}, Case{"curve.asc", "curve", "apt.key_unreadable"},
                                          Case{"Release", "good", "apt.key_unreadable"}}) {
    INFO(file);
    HostScene scene(System::ubuntu);
    for (auto& platform : scene.settings.profile.platforms) platform.sgx_source.keys = {{key_fixture_print(print), std::nullopt}};
    scene.serve(key_page, key_fixture(file));
    const auto report = converge(scene);
    CHECK(scene.error_of(report) == code);
    CHECK_FALSE(report.stages.front().error->remedy.empty());
    CHECK(report.effects == 0);
    CHECK(scene.host.log.calls().empty());
  }
}

TEST_CASE("a key that the operator vouches for is accepted") {
  HostScene scene(System::ubuntu);
  scene.serve(key_page, key_fixture("other.asc"));
  scene.settings.answers.key_fingerprints = {key_fixture_print("other")};
  CHECK(ends_well(scene));
}

TEST_CASE("a key page that is not there is a network failure, not a key that is wrong") {
  HostScene scene(System::ubuntu);
  scene.serve(key_page, "", 404);
  CHECK(scene.error_of(converge(scene)) == "network.status_unexpected");
}

TEST_CASE("a key that ends within 120 days is a warning with the date") {
  HostScene scene(System::ubuntu);
  const auto stage = stages::make_apt_repo_stage();
  CHECK(outcome_of(scene.look(*stage), "apt.key") == report::Outcome::warn);
  scene.settings.profile.key_warning_days = 30;
  CHECK(outcome_of(scene.look(*stage), "apt.key") == report::Outcome::pass);
}

TEST_CASE("a key that expired on the machine since is fetched again") {
  HostScene scene(System::ubuntu);
  REQUIRE(ends_well(scene));
  scene.host.model.now = *parse_time("2027-06-01T00:00:00Z");
  CHECK(scene.error_of(converge(scene)) == "apt.key_expired");
  scene.serve(key_page, key_fixture("prolonged.asc"));
  CHECK(ends_well(scene));
}

TEST_CASE("settings of the host that weaken apt's checks stop the stage, with file and line") {
  for (const char* text : {"APT::Get::AllowUnauthenticated \"true\";\n", "Acquire::https::Verify-Peer \"false\";\n"}) {
    HostScene scene(System::ubuntu);
    scene.put("/etc/apt/apt.conf.d/99local", std::string("\n") + text);
    const auto report = converge(scene);
    CHECK(scene.error_of(report) == "apt.host_settings_weak");
    CHECK(report.stages.front().error->message.find("/etc/apt/apt.conf.d/99local line 2") != std::string::npos);
    CHECK(scene.host.log.calls().empty());
  }
  HostScene scene(System::ubuntu);
  scene.put("/etc/apt/apt.conf.d/99mirror", "Acquire::Check-Valid-Until \"false\";\n");
  CHECK(ends_well(scene));
}

TEST_CASE("another entry for the same origin stops the stage, with file and line") {
  for (const auto& [path, text] : {std::pair<std::string, std::string>{"/etc/apt/sources.list.d/old.list", "# x\ndeb [trusted=yes] https://download.01.org/intel-sgx/sgx_repo/ubuntu jammy main\n"},
                                   {"/etc/apt/sources.list", "\ndeb http://download.01.org/other x main\n"}, {"/etc/apt/sources.list.d/a.sources", "\nTypes: deb\nURIs: https://download.01.org/x\nSuites: y\n"}}) {
    HostScene scene(System::ubuntu);
    scene.put(path, text);
    const auto report = converge(scene);
    CHECK(scene.error_of(report) == "apt.source_conflict");
    CHECK(report.stages.front().error->message.find(path + " line 2") == 0);
  }
}

TEST_CASE("a foreign file in the place of our source is kept before it is replaced") {
  HostScene scene(System::ubuntu);
  scene.put(source_file, "Types: deb\nURIs: https://mine.example\nSuites: x\n");
  REQUIRE(ends_well(scene));
  bool is_kept = false;
  for (const auto& [path, entry] : scene.host.model.entries) is_kept = is_kept || (Path(path).is_within("/var/lib/cosigner/backup") && entry.content.find("mine.example") != std::string::npos);
  CHECK(is_kept);
}

TEST_CASE("mirror and suite of the answers are used") {
  HostScene scene(System::ubuntu);
  scene.settings.answers.repository_mirror = "https://mirror.example/sgx";
  scene.settings.answers.repository_suite = "noble";
  REQUIRE(ends_well(scene));
  CHECK(scene.file(source_file).find("URIs: https://mirror.example/sgx\nSuites: noble\n") != std::string::npos);
  CHECK(scene.file(pins_file).find("origin mirror.example") != std::string::npos);
}

TEST_CASE("on Debian the archive is unpacked under its index, its own packages only, and pinned by its release") {
  HostScene scene(System::debian);
  REQUIRE(ends_well(scene));
  CHECK(scene.file(repository + "/pool/main/libsgx-urts.deb") == "content of libsgx-urts");
  CHECK(scene.file(repository + "/dists/bookworm/InRelease") == key_fixture("local.InRelease"));
  CHECK(scene.host.model.entries.count(repository + "/pool/main/sudo.deb") == 0);
  CHECK(scene.host.model.entries.count(repository + "/keys/intel-sgx.key") == 0);
  CHECK(scene.file(source_file).find("URIs: file:" + repository + "\n") != std::string::npos);
  CHECK(scene.file(pins_file).find("Pin: release o=Example,l=Example? Local ?repo?,n=bookworm\n") != std::string::npos);
  CHECK(scene.host.model.entries.count("/var/lib/cosigner/staging/intel-sgx.tgz") == 0);
  CHECK(scene.host.model.entries.at(repository).attributes.mode.bits == 0755);
}

TEST_CASE("an unpacked repository that was changed or lost a package is unpacked again") {
  for (const auto& path : {repository + "/pool/main/libsgx-urts.deb", repository + "/dists/bookworm/InRelease", repository + "/dists/bookworm/main/binary-amd64/Packages"}) {
    HostScene scene(System::debian);
    REQUIRE(ends_well(scene));
    const std::string good = scene.file(path);
    scene.put(path, "changed");
    REQUIRE(ends_well(scene));
    CHECK(scene.file(path) == good);
    scene.host.model.entries.erase(path);
    REQUIRE(ends_well(scene));
    CHECK(scene.file(path) == good);
  }
}

TEST_CASE("an archive whose index is not signed by the known key, or does not fit, is refused and removed") {
  const std::string top = "sgx_debian_local_repo/";
  const auto changed = [&](const std::string& name, const std::string& content) {
    std::string archive = local_archive(key_fixture("local.InRelease"));
    archive.replace(archive.find(content), content.size(), name);
    return archive;
  };
  struct Case {
    std::string archive, code;
  };
  for (const auto& [archive, code] : {Case{local_archive(key_fixture("local.InRelease.other")), "apt.index_signature_invalid"}, Case{local_archive(key_fixture("local.Release")), "apt.index_unsigned"},
                                      Case{to_tar({{top + "dists/bookworm/Release", key_fixture("local.Release")}, {top + "dists/bookworm/main/binary-amd64/Packages", key_fixture("local.Packages")}}), "apt.index_unsigned"},
                                      Case{local_archive(key_fixture("local.InRelease"), key_fixture("local.Packages") + "\n"), "apt.index_hash_mismatch"},
                                      Case{changed("CONTENT of libsgx-urts", "content of libsgx-urts"), "apt.index_hash_mismatch"},
                                      Case{"not an archive", "apt.archive_unsafe"}}) {
    INFO(code);
    HostScene scene(System::debian);
    scene.serve(archive_page, archive);
    const auto report = converge(scene);
    CHECK(scene.error_of(report) == code);
    CHECK_FALSE(report.stages.front().error->remedy.empty());
    CHECK(scene.host.model.entries.count("/var/lib/cosigner/staging/intel-sgx.tgz") == 0);
    CHECK(scene.host.model.entries.count(source_file) == 0);
    scene.serve(archive_page, local_archive(key_fixture("local.InRelease")));
    CHECK(ends_well(scene));
  }
}

TEST_CASE("an archive that lacks a package of its index is refused") {
  HostScene scene(System::debian);
  const std::string top = "sgx_debian_local_repo/";
  scene.serve(archive_page, to_tar({{top + "dists/bookworm/InRelease", key_fixture("local.InRelease")}, {top + "dists/bookworm/main/binary-amd64/Packages", key_fixture("local.Packages")}}));
  CHECK(scene.error_of(converge(scene)) == "apt.archive_incomplete");
}

TEST_CASE("a signature beside the index is as good as one inside it") {
  HostScene scene(System::debian);
  const std::string top = "sgx_debian_local_repo/";
  scene.serve(archive_page, to_tar({{top + "dists/bookworm/Release", key_fixture("local.Release")}, {top + "dists/bookworm/Release.gpg", key_fixture("local.Release.gpg")},
                                    {top + "dists/bookworm/main/binary-amd64/Packages", key_fixture("local.Packages")}, {top + "pool/main/libsgx-urts.deb", "content of libsgx-urts"},
                                    {top + "pool/main/sgx-aesm-service.deb", "content of sgx-aesm-service"}}));
  SECTION("on a fresh machine") {}
  SECTION("also where an archive with one inside was unpacked before") {
    const std::string beside = local_archive(key_fixture("local.InRelease"));
    const auto now_served = scene.host.model.web.at(archive_page);
    scene.serve(archive_page, beside);
    REQUIRE(ends_well(scene));
    scene.host.model.web.at(archive_page) = now_served;
    scene.put(repository + "/dists/bookworm/InRelease", key_fixture("local.InRelease.other"));
  }
  REQUIRE(ends_well(scene));
  CHECK(scene.host.model.entries.count(repository + "/dists/bookworm/InRelease") == 0);
  CHECK(converge(scene).effects == 0);
}

TEST_CASE("an index older than one seen before is refused") {
  HostScene scene(System::debian);
  REQUIRE(ends_well(scene));
  scene.host.model.entries.erase(repository + "/dists/bookworm/InRelease");
  scene.serve(archive_page, local_archive(key_fixture("local.InRelease.older")));
  CHECK(scene.error_of(converge(scene)) == "apt.index_older");
}

TEST_CASE("archives that no honest tool makes are refused, and nothing of them is written") {
  const std::string top = "sgx_debian_local_repo/";
  std::vector<TarEntry> many;
  for (int i = 0; i < 20'100; ++i) many.push_back({top + std::to_string(i), ""});
  const std::vector<std::vector<TarEntry>> crafted = {
      {{"../evil", "x"}},
      {{top + "../../evil", "x"}},
      {{"/etc/evil", "x"}},
      {{top + "a/./b", "x"}},
      {{top + "a//b", "x"}},
      {{top + "link", "", '2', "/etc"}},
      {{top + "link", "", '2', "/etc"}, {top + "link/evil", "x"}},
      {{top + "hard", "", '1', top + "other"}},
      {{top + "hard", "with data", '1', "/etc/passwd"}},
      {{top + "null", "", '3'}},
      {{top + "disk", "", '4'}},
      {{top + "fifo", "", '6'}},
      {{top + "setuid", "x", '0', "", 04755}},
      {{top + "setgid", "x", '0', "", 02755}},
      {{top + "twice", "x"}, {top + "twice", "y"}},
      {{top + "twice", "x"}, {"./" + top + "twice", "y"}},
      {{top + "a\\b", "x"}},
      {{top + "a\nb", "x"}},
      {{top + "a b", "x"}},
      {{top + "\xff\xfe", "x"}},
      {{top + "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q", "x"}},
      {{"..", "", '5'}},
      {{"", "x"}},
      {{top + "bomb", "", '0', "", 0644, 1ull << 30}},  // a gigabyte out of a few bytes
      {{top + "hole", "", '0', "", 0644, 7ull << 30}},    // more than is read of one archive
      {{top + "dists/bookworm/InRelease", "", '2', "../../../../etc/passwd"}},
      {{top + "dists", "", '2', "/etc"}, {top + "dists/bookworm/InRelease", "evil"}},
      many,
  };
  for (std::size_t i = 0; i < crafted.size(); ++i) {
    INFO("archive " << i);
    HostScene scene(System::debian);
    scene.serve(archive_page, to_tar(crafted[i]));
    const auto report = converge(scene);
    CHECK(scene.error_of(report) == "apt.archive_unsafe");
    CHECK(scene.host.model.entries.count(repository) == 0);
    for (const auto& [path, entry] : scene.host.model.entries) CHECK(path.find("evil") == std::string::npos);
  }
  for (const std::size_t cut : {100u, 600u, 1500u}) {
    HostScene scene(System::debian);
    scene.serve(archive_page, local_archive(key_fixture("local.InRelease")).substr(0, cut));
    CHECK(converge(scene).stages.front().error.has_value());
    CHECK(scene.host.model.entries.count(repository) == 0);
  }
}

TEST_CASE("a system that the profile does not know stops the stage") {
  HostScene scene(System::ubuntu);
  scene.put("/etc/os-release", "ID=plan9\nVERSION_ID=4\n");
  CHECK(scene.error_of(converge(scene)) == "hardware.os_unknown");
}
