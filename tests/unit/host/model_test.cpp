// The model host where it is more than data: what a power cut leaves, what maintainer scripts and units do.
#include <catch2/catch.hpp>

#include "kit/fake_host.hpp"

using namespace cosigner;
using namespace cosigner::kit;

namespace {

MachineModel machine_with_source() {
  MachineModel model;
  const std::string source = "/etc/apt/sources.list.d/x.sources";
  model.entries[source] = Entry{host::FileKind::regular, {}, "Types: deb\nURIs: https://packages.example/sgx/\nSuites: s\n", {}};
  model.available["app"] = {
      "2.0", source, {"lib"}, [](MachineModel& machine) { machine.units["app.service"].state.found = true; }};
  model.available["lib"] = {"1.0", source, {}, {}};
  return model;
}

const std::vector<Path> source_files = {"/etc/apt/sources.list.d/x.sources"};

}  // namespace

TEST_CASE("a package is offered only by a source whose lists were fetched") {
  FakeHost host(machine_with_source());
  CHECK(host.change_packages().install({{"app"}, false, false, {}}, {}).error().code == "packages.not_found");
  CHECK_FALSE(host.packages().candidate("app")->has_value());
  REQUIRE(host.change_packages().update(source_files, {}, {}).ok());
  CHECK(*host.packages().has_lists("packages.example_sgx"));
  CHECK(**host.packages().candidate("app") == "2.0");
  REQUIRE(host.change_packages().install({{"app"}, false, false, {}}, {}).ok());
  CHECK(host.packages().installed()->size() == 2);
  CHECK(host.services().states({"app.service"})->at("app.service").found);
}

TEST_CASE("a power cut in an install leaves a half that must be finished first") {
  FakeHost host(machine_with_source());
  REQUIRE(host.change_packages().update(source_files, {}, {}).ok());
  host.log.clear();
  host.log.set_fault({1, Fault::When::before, Fault::What::die});
  CHECK_THROWS_AS(host.change_packages().install({{"app"}, false, false, {}}, {}), PowerCut);
  host.log.clear();
  CHECK(host.packages().installed()->count("lib") == 1);
  CHECK(host.packages().installed()->count("app") == 0);
  CHECK(*host.packages().interrupted());
  CHECK(host.change_packages().install({{"app"}, false, false, {}}, {}).error().code == "packages.interrupted");
  REQUIRE(host.change_packages().finish_interrupted({}).ok());
  REQUIRE(host.change_packages().install({{"app"}, false, false, {}}, {}).ok());
  CHECK_FALSE(*host.packages().interrupted());
}

TEST_CASE("a newer package is never replaced by an older one unasked") {
  MachineModel model = machine_with_source();
  model.packages["app"] = {"app", "3.0", "installed"};
  FakeHost host(std::move(model));
  REQUIRE(host.change_packages().update(source_files, {}, {}).ok());
  REQUIRE(host.change_packages().install({{"app"}, false, false, {}}, {}).ok());
  CHECK(host.packages().installed()->at("app").version == "3.0");
  CHECK(host.change_packages().install({{"app=2.0"}, false, false, {}}, {}).error().code == "packages.conflict");
  REQUIRE(host.change_packages().install({{"app=2.0"}, false, true, {}}, {}).ok());
  CHECK(host.packages().installed()->at("app").version == "2.0");
}

TEST_CASE("versions are ordered as dpkg orders them") {
  CHECK(compare_versions("1.0", "1.0") == 0);
  CHECK(compare_versions("1.9", "1.10") < 0);
  CHECK(compare_versions("1.0~rc1", "1.0") < 0);
  CHECK(compare_versions("1:0.1", "9.9") > 0);
  CHECK(compare_versions("1.0-2", "1.0-10") < 0);
  CHECK(compare_versions("2.25.100.3-jammy1", "2.25.100.3-noble1") < 0);
  CHECK(compare_versions("1.0+b1", "1.0") > 0);
  CHECK(compare_versions("1.007", "1.7") == 0);
}

TEST_CASE("a lock that somebody holds stops every package call") {
  MachineModel model = machine_with_source();
  model.lock_holder = "unattended-upgr";
  FakeHost host(std::move(model));
  CHECK(host.change_packages().update(source_files, {}, {}).error().code == "packages.lock_held");
  CHECK(host.change_packages().install({{"app"}, false, false, {}}, {}).error().code == "packages.lock_held");
  CHECK(host.change_packages().finish_interrupted({}).error().code == "packages.lock_held");
}

TEST_CASE("a new unit file is found at once, a changed one is stale until systemd reloads") {
  FakeHost host;
  host::Files& files = host.change_files();
  REQUIRE(files.make_dir("/etc/systemd/system/app.service.d", {{0755}, {}}).ok());
  REQUIRE(files.write_atomic("/etc/systemd/system/app.service", "[Service]\n[Install]\n", {}).ok());
  auto state = host.services().states({"app.service"})->at("app.service");
  CHECK(state.found);
  CHECK(state.enabled == "disabled");
  CHECK_FALSE(state.needs_reload);
  REQUIRE(files.write_atomic("/etc/systemd/system/app.service.d/limits.conf", "[Service]\n", {}).ok());
  CHECK(host.services().states({"app.service"})->at("app.service").needs_reload);
  REQUIRE(host.change_services().run(host::UnitVerb::daemon_reload, "").ok());
  CHECK_FALSE(host.services().states({"app.service"})->at("app.service").needs_reload);
}

TEST_CASE("starting a unit does to the machine what the unit does, once") {
  MachineModel model;
  model.units["app.service"].state = {true, "inactive", "disabled", false};
  model.units["app.service"].started = [](MachineModel& machine) { machine.traffic.push_back("started"); };
  FakeHost host(std::move(model));
  REQUIRE(host.change_services().run(host::UnitVerb::start, "app.service").ok());
  REQUIRE(host.change_services().run(host::UnitVerb::start, "app.service").ok());
  CHECK(host.model.traffic.size() == 1);
  REQUIRE(host.change_services().run(host::UnitVerb::restart, "app.service").ok());
  CHECK(host.model.traffic.size() == 2);
  CHECK(host.change_services().run(host::UnitVerb::start, "none.service").error().code == "services.not_found");
}

TEST_CASE("a content larger than the free space is refused and leaves the old one") {
  MachineModel model;
  model.free_space = 10;
  model.entries["/etc/file"] = Entry{host::FileKind::regular, {}, "12345", {}};
  FakeHost host(std::move(model));
  CHECK(host.change_files().write_atomic("/etc/file", std::string(16, 'x'), {}).error().code == "host.disk_full");
  CHECK(**host.files().read("/etc/file") == "12345");
  CHECK(host.change_files().write_atomic("/etc/file", std::string(15, 'x'), {}).ok());
}

TEST_CASE("nothing is written to a mount that is read-only") {
  MachineModel model;
  model.mounts = {{"/", "ext4", {"rw"}}, {"/usr", "ext4", {"ro"}}};
  model.entries["/usr/local"] = Entry{host::FileKind::directory, {{0755}, {}}, "", {}};
  FakeHost host(std::move(model));
  CHECK(host.change_files().write_atomic("/usr/local/file", "x", {}).error().code == "host.read_only");
}

TEST_CASE("the settled state tells machines apart by what lasts, not by records and times") {
  MachineModel one;
  one.entries["/etc/file"] = Entry{host::FileKind::regular, {}, "x", {}};
  MachineModel two = one;
  two.now += std::chrono::hours(1);
  two.entries["/etc/file"].modified = two.now;
  two.entries["/var/lib/cosigner/journal.jsonl"] = Entry{host::FileKind::regular, {}, "records", {}};
  two.traffic.push_back("something");
  CHECK(settled_state(one) == settled_state(two));
  two.entries["/etc/file"].attributes.mode.bits = 0600;
  CHECK(settled_state(one) != settled_state(two));
}
