// The lists of the package source over the years: stale, frozen, put back; and packages of different releases side by side.
#include "source_scene.hpp"

using namespace cosigner;
using namespace cosigner::scene;
using report::Outcome;

namespace {

const std::string index_value = "apt.index_date.intel-sgx.jammy";

bool all_well(SourceScene& s) { return has_ended_well(s.run_all()); }

void install(SourceScene& s, const std::string& name, const std::string& version) { s.host.model.packages[name] = {name, version, "installed"}; }

/// The publisher's older index comes back, and with it lists that apt must have lost.
void put_back(SourceScene& s) {
  s.serve(index_page, key_fixture("suite.InRelease.older"));
  s.host.model.entries.erase(index_list);
  s.host.model.fetched_sources.clear();
}

}  // namespace

TEST_CASE("packages that are wanted want lists of today, a complete machine never does") {
  SourceScene s;
  REQUIRE(s.ends_well());
  s.pass(std::chrono::hours(20));
  CHECK(s.is_idle());
  s.pass(std::chrono::hours(5));
  const auto plan = s.plan();
  CHECK(ids_of(plan) == std::vector<std::string>{"lists"});
  CHECK(mentions(plan.steps.front().why, "not fetched for a day"));
  s.host.model.traffic.clear();
  REQUIRE(s.ends_well());
  CHECK(s.count_traffic("apt-get update") == 1);
  CHECK(s.is_idle());
  REQUIRE(all_well(s));
  s.pass(std::chrono::hours(24 * 30));
  CHECK(s.is_idle());
}

TEST_CASE("in a container AESM brings its packages, so that no source of them is needed here") {
  SourceScene s;
  s.settings.answers.aesm = "container";
  SECTION("although it cannot be reached") { s.host.model.addresses.erase("download.01.org"); }
  SECTION("although its key has ended") { s.host.model.now = *parse_time("2027-06-01T00:00:00Z"); }
  SECTION("although the publisher has no suite for this system") { s.put("/usr/lib/os-release", "ID=debian\nVERSION_ID=\"11\"\n"); }
  SECTION("and one that is here from before is left as it is") {
    s.settings.answers.aesm = "package";
    REQUIRE(s.ends_well());
    s.settings.answers.aesm = "container";
    s.pass(std::chrono::hours(48));
  }
  CHECK(s.is_idle());
  const auto plan = s.plan();
  REQUIRE(finding_of(plan.findings, "apt.source") != nullptr);
  CHECK(finding_of(plan.findings, "apt.source")->outcome == Outcome::skip);
}

TEST_CASE("the tools for bare metal are wanted from the source in either mode, with lists of today") {
  const auto make_metal = [](SourceScene& s) {
    for (auto& leaf : s.host.model.cpuid.front().leaves)
      if (leaf.leaf == 1) leaf.registers.ecx &= 0x7fffffffu;
    s.put("/proc/cpuinfo", "physical id : 0\nphysical id : 1\n");
    s.put("/sys/firmware/efi/fw_platform_size", "64\n");
  };
  for (const char* mode : {"package", "container"}) {
    INFO(mode);
    SourceScene s;
    make_metal(s);
    s.settings.answers.aesm = mode;
    for (const auto& name : s.settings.profile.packages.sgx) install(s, name, "2.26");
    REQUIRE(s.ends_well());
    CHECK_FALSE(s.file(source_file).empty());
    s.pass(std::chrono::hours(48));
    CHECK(ids_of(s.plan()) == std::vector<std::string>{"lists"});
    for (const auto& name : s.settings.profile.packages.registration) install(s, name, "1.23");
    CHECK(s.is_idle());
    s.settings.answers.quote_provider = "pccs";
    CHECK(ids_of(s.plan()) == std::vector<std::string>{"lists"});
    for (const auto& name : s.settings.profile.packages.pck_retrieval) install(s, name, "1.23");
    CHECK(s.is_idle());
  }
}

TEST_CASE("a package file that the publisher replaced in spite of fresh lists is cured by fetching them once more") {
  SourceScene s;
  s.host.model.missing_files["libsgx-ae-pce"] = 2;  // the first fetch of lists does not cure it
  REQUIRE(all_well(s));
  CHECK(s.count_traffic("apt-get update") == 2);
  CHECK(s.host.model.packages.count("libsgx-ae-pce") == 1);
}

TEST_CASE("a package file that stays away is named, after one more fetch and no endless ones") {
  SourceScene s;
  s.host.model.missing_files["libsgx-ae-pce"] = -1;
  const auto report = s.run_all();
  CHECK(s.error_of(report) == "packages.lists_stale");
  CHECK(report::exit_code_of(report) == report::ExitCode::packages_failed);
  CHECK(s.count_traffic("apt-get update") == 2);
}

TEST_CASE("the date of the index is remembered, and a newer one in its place") {
  SourceScene s;
  s.serve(index_page, key_fixture("suite.InRelease.older"));
  REQUIRE(s.ends_well());
  CHECK(s.ledger().value(index_value) == "2026-10-01T00:00:00Z");
  s.serve(index_page, key_fixture("suite.InRelease"));
  s.pass(std::chrono::hours(25));
  REQUIRE(s.ends_well());
  CHECK(s.ledger().value(index_value) == "2026-11-20T00:00:00Z");
  CHECK(s.is_idle());
}

TEST_CASE("an index older than one seen before is refused with both dates, until the server has a newer one again") {
  SourceScene s;
  REQUIRE(s.ends_well());
  put_back(s);
  const auto report = s.converge();
  CHECK(s.error_of(report) == "apt.index_older");
  CHECK(report::exit_code_of(report) == report::ExitCode::packages_failed);
  CHECK(mentions(report.stages.front().error->message, "2026-10-01"));
  CHECK(mentions(report.stages.front().error->message, "2026-11-20"));
  CHECK_FALSE(report.stages.front().error->remedy.empty());
  CHECK(s.ledger().value(index_value) == "2026-11-20T00:00:00Z");
  s.pass(std::chrono::minutes(5));
  CHECK(ids_of(s.plan()) == std::vector<std::string>{"lists"});
  CHECK(s.error_of(s.converge()) == "apt.index_older");
  s.serve(index_page, key_fixture("suite.InRelease"));
  s.pass(std::chrono::minutes(5));
  REQUIRE(s.ends_well());
  CHECK(s.is_idle());
}

TEST_CASE("a machine that goes to another suite is held to that suite's own dates, and to the former ones when it comes back") {
  SourceScene s;
  REQUIRE(s.ends_well());
  s.serve("https://download.01.org/intel-sgx/sgx_repo/ubuntu/dists/bookworm/InRelease", key_fixture("local.InRelease.older"));
  s.settings.answers.repository_suite = "bookworm";
  REQUIRE(s.ends_well());
  CHECK(s.ledger().value("apt.index_date.intel-sgx.bookworm") == "2026-10-01T00:00:00Z");
  CHECK(s.ledger().value(index_value) == "2026-11-20T00:00:00Z");
  CHECK(s.is_idle());
  s.settings.answers.repository_suite.clear();
  put_back(s);
  CHECK(s.error_of(s.converge()) == "apt.index_older");
}

TEST_CASE("an index of another suite under the wanted one's name is unknown, and no date of it is remembered") {
  SourceScene s;
  s.serve(index_page, key_fixture("local.InRelease"));
  REQUIRE(s.ends_well());
  CHECK(finding_of(s.plan().findings, "apt.index")->outcome == Outcome::unknown);
  CHECK(s.ledger().value(index_value).empty());
  CHECK(s.is_idle());
}

TEST_CASE("an index that has not changed for half a year is a warning with its age") {
  SourceScene s;
  s.serve(index_page, key_fixture("suite.InRelease.ancient"));
  REQUIRE(s.ends_well());
  const auto plan = s.plan();
  const auto* finding = finding_of(plan.findings, "apt.index");
  REQUIRE(finding != nullptr);
  CHECK(finding->outcome == Outcome::warn);
  CHECK(mentions(finding->evidence, "2026-04-01, 239 days old"));
  CHECK_FALSE(finding->remedy.empty());
  s.settings.profile.index_warning_days = 240;
  CHECK(finding_of(s.plan().findings, "apt.index")->outcome == Outcome::pass);
}

TEST_CASE("an index that apt has and our key did not sign is unknown, and stops nothing") {
  SourceScene s;
  REQUIRE(s.ends_well());
  s.host.model.entries.at(index_list).content = key_fixture("InRelease.other");
  const auto plan = s.plan();
  CHECK(plan.converged());
  CHECK(finding_of(plan.findings, "apt.index")->outcome == Outcome::unknown);
}

TEST_CASE("whoever may not read the journal sees no pending step for that") {
  SourceScene s;
  REQUIRE(all_well(s));
  const auto stage = stages::make_apt_repo_stage();
  CHECK(s.look(*stage).converged());
}

TEST_CASE("an unpacked archive that was put back to an older one is fetched again") {
  SourceScene s(HostScene::System::debian);
  REQUIRE(s.ends_well());
  s.put(repository + "/dists/bookworm/InRelease", key_fixture("local.InRelease.older"));
  REQUIRE(s.ends_well());
  CHECK(s.file(repository + "/dists/bookworm/InRelease") == key_fixture("local.InRelease"));
}

TEST_CASE("after a newer archive was unpacked the lists are of it, also when the run was cut off in between") {
  const std::string list = "/var/lib/apt/lists/_opt_intel_sgx%5fdebian%5flocal%5frepo_dists_bookworm_InRelease";
  const auto prepare = [&](SourceScene& s) {
    s.serve(archive_page, local_archive(key_fixture("local.InRelease.older")));
    REQUIRE(s.ends_well());
    REQUIRE(s.file(list) == key_fixture("local.InRelease.older"));
    s.serve(archive_page, local_archive(key_fixture("local.InRelease")));
    s.host.model.entries.erase(repository + "/pool/main/libsgx-urts.deb");
    s.pass(std::chrono::minutes(5));
    s.host.log.clear();
  };
  SourceScene first(HostScene::System::debian);
  prepare(first);
  REQUIRE(first.ends_well());
  CHECK(first.file(list) == key_fixture("local.InRelease"));
  CHECK(first.is_idle());
  first.host.model.entries[list] = {host::FileKind::link, {{0777}, {}}, repository + "/dists/bookworm/InRelease", first.host.model.now};
  CHECK(first.is_idle());
  SourceScene again(HostScene::System::debian);
  prepare(again);
  const kit::MachineModel start = again.host.model;
  REQUIRE(again.ends_well());
  kit::at_every_call(again.host.log.calls(), [&](const kit::Fault& fault) {
    SourceScene s(HostScene::System::debian);
    s.host.model = start;
    kit::die(s.host, fault, [&] { s.converge(); });
    REQUIRE(s.ends_well());
    CHECK(s.file(list) == s.file(repository + "/dists/bookworm/InRelease"));
    CHECK(s.is_idle());
  });
}

TEST_CASE("a package of an older release is taken to the newer one beside it, and then nothing is left to do") {
  SourceScene s;
  install(s, "libsgx-enclave-common", "2.25");
  s.host.model.available["libsgx-enclave-common"] = {"2.26", source_file, {}, {}};
  install(s, "sgx-aesm-service", "2.26");
  install(s, "libsgx-dcap-ql", "1.23");  // the other family of numbers, of the same release
  REQUIRE(s.ends_well());
  CHECK(s.host.model.packages.at("libsgx-enclave-common").version == "2.26");
  CHECK(s.host.model.packages.at("libsgx-dcap-ql").version == "1.23");
  CHECK(s.is_idle());
}

TEST_CASE("an upgrade of a half is planned with fresh lists only, interrupts AESM at most, and never downgrades") {
  SourceScene s;
  REQUIRE(all_well(s));
  install(s, "libsgx-enclave-common", "2.25");
  s.host.model.available["libsgx-enclave-common"] = {"2.26", source_file, {}, {}};
  s.pass(std::chrono::hours(30));
  CHECK(ids_of(s.plan()) == std::vector<std::string>{"lists"});
  s.host.model.packages.at("libsgx-enclave-common").version = "2.27";  // now all others lag, and the source has nothing newer
  s.pass(std::chrono::hours(-30));
  const auto plan = s.plan();
  CHECK(plan.steps.empty());
  const auto* finding = finding_of(plan.findings, "apt.releases");
  REQUIRE(finding != nullptr);
  CHECK(finding->outcome == Outcome::warn);
  CHECK(mentions(finding->evidence, "sgx-aesm-service 2.26 beside 2.27"));
  s.host.model.packages.at("libsgx-enclave-common").version = "2.25";
  const auto upgrade = s.plan();
  REQUIRE(ids_of(upgrade) == std::vector<std::string>{"one-release"});
  CHECK(upgrade.steps.front().disruption == engine::Disruption::aesm);
  CHECK_FALSE(std::get<engine::InstallPackages>(upgrade.steps.front().payload).request.allow_downgrade);
}

TEST_CASE("a package that no newer release has stays, with a word about it") {
  SourceScene s;
  install(s, "libsgx-epid", "2.20");  // of the ended stack: judged by the stage that removes it
  install(s, "libsgx-old-thing", "2.25");
  install(s, "libsgx-urts", "2.26");
  REQUIRE(s.ends_well());
  const auto plan = s.plan();
  CHECK(plan.converged());
  CHECK(mentions(finding_of(plan.findings, "apt.releases")->remedy, "apt-get remove libsgx-old-thing`"));
}

TEST_CASE("an upgrade of a half that was cut off is finished first") {
  SourceScene s;
  REQUIRE(all_well(s));
  install(s, "libsgx-enclave-common", "2.25");
  s.host.model.available["libsgx-enclave-common"] = {"2.26", source_file, {}, {}};
  s.host.model.dpkg_interrupted = true;
  CHECK(ids_of(s.plan()) == std::vector<std::string>{"finish"});
  REQUIRE(all_well(s));
  CHECK(s.host.model.packages.at("libsgx-enclave-common").version == "2.26");
  CHECK(s.run_all().effects == 0);
}

TEST_CASE("lists, index and releases that were cut off anywhere are gone on with, to the same state") {
  const auto prepare = [](SourceScene& s) {
    install(s, "libsgx-enclave-common", "2.25");
    install(s, "libsgx-urts", "2.26");
    s.host.model.available["libsgx-enclave-common"] = {"2.26", source_file, {}, {}};
    s.host.model.missing_files["libsgx-enclave-common"] = 2;
  };
  SourceScene first;
  prepare(first);
  REQUIRE(first.ends_well());
  const std::string wanted = kit::settled_state(first.host.model);
  kit::at_every_call(first.host.log.calls(), [&](const kit::Fault& fault) {
    SourceScene s;
    prepare(s);
    kit::die(s.host, fault, [&] { s.converge(); });
    REQUIRE(s.ends_well());
    CHECK(kit::settled_state(s.host.model) == wanted);
    CHECK(s.ledger().value(index_value) == "2026-11-20T00:00:00Z");
    CHECK(s.is_idle());
  });
}
