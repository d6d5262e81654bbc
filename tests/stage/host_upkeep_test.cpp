// The clock, security updates and microcode, before anything is fetched.
#include "installer/stages/host_upkeep.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "host_scene.hpp"
#include "installer/stages/hardware.hpp"

using namespace cosigner;
using namespace cosigner::scene;

namespace {

const host::ClockSync lost{false, std::chrono::seconds(16)};
const host::ClockSync kept{true, std::chrono::milliseconds(20)};

struct Upkeep : HostScene {
  Upkeep() : HostScene(System::debian) { host.model.entries["/etc/apt/apt.conf.d"] = {host::FileKind::directory, {{0755}, {}}, "", host.model.now}; }
  std::unique_ptr<engine::Stage> stage = stages::with_host_upkeep(stages::make_hardware_stage());

  report::RunReport converge() { return run({stage.get()}); }
  std::vector<std::string> pending() { return ids_of(look(*stage)); }
  /// A time service whose start makes the clock right.
  void have(const std::string& name, const std::string& active, const std::string& enabled) {
    auto& unit = host.model.units[name];
    unit.state = {true, active, enabled, false};
    unit.started = [](kit::MachineModel& model) { model.clock_sync = kept; };
  }
  void offer(const std::string& package, const std::string& list, std::function<void(kit::MachineModel&)> installed = {}) {
    host.model.available[package] = {"1.0", list, {}, std::move(installed)};
  }
  report::Finding found(const std::string& id) {
    const auto plan = look(*stage);
    const auto* finding = finding_of(plan.findings, id);
    return finding == nullptr ? report::Finding{} : *finding;
  }
  void make_bare_metal() {
    for (auto& leaf : host.model.cpuid.front().leaves) {
      if (leaf.leaf == 1) leaf.registers.ecx &= 0x7fffffffu;
    }
  }
};

using Ids = std::vector<std::string>;
constexpr auto ok = report::ExitCode::ok;

}  // namespace

TEST_CASE("upkeep: a time service that is there and runs is taken as it is, remembered, and then not even asked for") {
  Upkeep scene;
  scene.have("systemd-timesyncd.service", "active", "enabled");
  CHECK(scene.pending() == Ids{"time-adopted"});
  CHECK(exit_code_of(scene.converge()) == ok);
  CHECK(scene.converge().effects == 0);
  scene.host.model.units["systemd-timesyncd.service"].state.enabled = "disabled";
  CHECK(scene.pending().empty());  // the clock is right: no child process
  scene.host.model.clock_sync = lost;
  CHECK(scene.pending().front() == "time-enable");
}

TEST_CASE("upkeep: a clock that is set right only later in the run leaves nothing to do for the next one") {
  Upkeep scene;
  scene.have("systemd-timesyncd.service", "active", "enabled");
  scene.host.model.clock_sync = {true, std::chrono::milliseconds(900)};  // timesyncd's usual bound between two questions to its server
  CHECK(exit_code_of(scene.converge()) == ok);
  CHECK(scene.pending().empty());
  scene.host.model.clock_sync = kept;
  CHECK(scene.pending().empty());
}

TEST_CASE("upkeep: a stopped or disabled time service is enabled, started and waited for; an active one wins over one that is only there") {
  Upkeep scene;
  scene.host.model.clock_sync = lost;
  scene.have("chrony.service", "inactive", "disabled");
  SECTION("one") {
    CHECK(scene.pending() == Ids{"time-enable", "time-start", "time-adopted", "time-wait"});
    CHECK(exit_code_of(scene.converge()) == ok);
    CHECK(scene.host.model.units["chrony.service"].state.is_enabled());
    CHECK(scene.host.model.clock_sync.synchronised);
    CHECK(scene.converge().effects == 0);
  }
  SECTION("another is active") {
    scene.have("systemd-timesyncd.service", "active", "enabled");
    CHECK(scene.pending() == Ids{"time-adopted", "time-wait"});
    CHECK(exit_code_of(scene.converge()) == ok);
    CHECK_FALSE(scene.host.model.units["chrony.service"].state.is_active());
  }
  SECTION("masked is not there") {
    scene.host.model.units["chrony.service"].state.enabled = "masked";
    scene.have("ntp.service", "inactive", "enabled");
    CHECK(scene.pending() == Ids{"time-start", "time-adopted", "time-wait"});
  }
}

TEST_CASE("upkeep: where nothing keeps the clock the profile's package is installed, its lists fetched first when apt knows of none") {
  Upkeep scene;
  scene.host.model.clock_sync = lost;
  const auto installed = [&scene](kit::MachineModel&) { scene.have("chrony.service", "active", "enabled"); scene.host.model.clock_sync = kept; };
  SECTION("offered") {
    scene.offer("chrony", "", installed);
    CHECK(scene.pending() == Ids{"time-service"});
  }
  SECTION("no lists") {
    scene.put("/etc/apt/sources.list", "deb http://archive.example/debian bookworm main\n");
    scene.offer("chrony", "/etc/apt/sources.list", installed);
    CHECK(scene.pending() == Ids{"upkeep-lists"});  // what they offer decides
  }
  CHECK(exit_code_of(scene.converge()) == ok);
  CHECK(scene.host.model.packages.count("chrony") == 1);
  CHECK(scene.converge().effects == 0);
}

TEST_CASE("upkeep: where something unknown keeps the clock a service that is stopped stays so: two would fight over it") {
  Upkeep scene;
  scene.have("systemd-timesyncd.service", "inactive", GENERATE(as<std::string>(), "disabled", "enabled"));
  CHECK(scene.pending().empty());
  CHECK(scene.found("clock.service").outcome == report::Outcome::pass);
  CHECK_THAT(scene.found("clock.service").evidence, Catch::Contains("systemd-timesyncd.service is left"));
  CHECK(scene.converge().effects == 0);
  scene.host.model.clock_sync = lost;
  CHECK(scene.pending().back() == "time-wait");
}

TEST_CASE("upkeep: the service that was adopted is started again when it stopped, before the clock is lost") {
  Upkeep scene;
  scene.have("chrony.service", "active", "enabled");
  REQUIRE(exit_code_of(scene.converge()) == ok);
  scene.host.model.units["chrony.service"].state.active = "inactive";
  scene.host.model.clock_sync = {true, std::chrono::seconds(2)};  // the kernel's bound grows
  CHECK(scene.pending() == Ids{"time-start"});
}

TEST_CASE("upkeep: a machine that reaches no package source is set up all the same: what cannot be had is told with its remedy") {
  const auto prepared = [] {
    auto scene = std::make_unique<Upkeep>();
    scene->host.model.clock_sync = lost;
    scene->settings.answers.security_updates = true;
    scene->make_bare_metal();
    return scene;
  };
  const auto twin = prepared();
  CHECK(twin->pending() == Ids{"upkeep-lists", "security-updates-on"});
  CHECK(twin->found("clock.service").outcome == report::Outcome::unknown);
  REQUIRE(exit_code_of(twin->converge()) == ok);
  const auto calls = twin->host.log.calls();
  const auto fetch = std::find_if(calls.begin(), calls.end(), [](const auto& call) { return call.rfind("packages.update", 0) == 0; });
  REQUIRE(fetch != calls.end());

  const auto scene = prepared();
  const bool is_reached = GENERATE(true, false);
  if (!is_reached) scene->host.log.set_fault({static_cast<int>(fetch - calls.begin()), kit::Fault::When::before, kit::Fault::What::error});
  CHECK(exit_code_of(scene->converge()) == ok);
  for (const char* id : {"clock.service", "host.security_updates", "firmware.microcode_package"}) {
    INFO(id);
    CHECK(scene->found(id).outcome == report::Outcome::warn);
    CHECK_THAT(scene->found(id).evidence, Catch::Contains(is_reached ? "no package source" : "could not fetch its lists (fault.injected)"));
    CHECK_FALSE(scene->found(id).remedy.empty());
  }
  CHECK(scene->converge().effects == 0);
  scene->host.model.boot_id = "00000000-0000-4000-8000-000000000002";
  CHECK(scene->pending().front() == "upkeep-lists");
}

TEST_CASE("upkeep: a clock that something unknown keeps needs no service, and host.timeSync none leaves even a lost one") {
  Upkeep scene;
  CHECK(scene.pending().empty());
  scene.host.model.clock_sync = lost;
  scene.offer("chrony", "");
  scene.settings.answers.time_sync = "none";
  CHECK(scene.pending().empty());
  scene.settings.answers.time_sync = "auto";
  CHECK(scene.pending() == Ids{"time-service"});
}

TEST_CASE("upkeep: a service that cannot reach a server is waited for two minutes, once a boot, and set-up goes on") {
  Upkeep scene;
  scene.host.model.clock_sync = lost;
  scene.have("chrony.service", "active", "enabled");
  const auto before = scene.host.model.monotonic;
  CHECK(exit_code_of(scene.converge()) == ok);
  const auto waited = scene.host.model.monotonic - before;
  CHECK(waited >= std::chrono::seconds(120));
  CHECK(waited < std::chrono::seconds(125));
  CHECK(scene.converge().effects == 0);
  CHECK(scene.found("clock.synchronised").outcome == report::Outcome::warn);
  scene.host.model.boot_id = "00000000-0000-4000-8000-000000000002";
  CHECK(scene.pending() == Ids{"time-wait"});
}

TEST_CASE("upkeep: a clock that is years behind is set by a time service before it rules the machine out") {
  Upkeep scene;
  scene.host.model.now = *parse_time("2020-01-01T00:00:00Z");
  scene.host.model.clock_sync = lost;
  SECTION("set") {
    scene.have("chrony.service", "inactive", "enabled");
    scene.host.model.units["chrony.service"].started = [](kit::MachineModel& model) {
      model.clock_sync = kept;
      model.now = *parse_time("2026-11-27T00:00:00Z");
    };
    CHECK(exit_code_of(scene.converge()) == ok);
  }
  SECTION("not set") {
    scene.have("chrony.service", "active", "enabled");
    CHECK(scene.error_of(scene.converge()) == "hardware.clock_wrong");
  }
  SECTION("not wanted") {
    scene.have("chrony.service", "inactive", "enabled");
    scene.settings.answers.time_sync = "none";
    CHECK(scene.error_of(scene.converge()) == "hardware.clock_wrong");
    CHECK(scene.host.log.calls().empty());
  }
}

TEST_CASE("upkeep: host.securityUpdates switches unattended security updates on, and without it nothing is touched") {
  Upkeep scene;
  scene.offer("unattended-upgrades", "");
  CHECK(scene.pending().empty());
  scene.settings.answers.security_updates = true;
  const std::string foreign = "APT::Periodic::Update-Package-Lists \"1\";\nAPT::Periodic::Unattended-Upgrade \"0\";\n";
  const bool is_foreign = GENERATE(true, false);
  if (is_foreign) scene.put(stages::upgrades_path.text(), foreign);
  CHECK(scene.pending() == Ids{"security-updates", "security-updates-on"});
  CHECK(exit_code_of(scene.converge()) == ok);
  CHECK(scene.host.model.packages.count("unattended-upgrades") == 1);
  const std::string written = scene.file(stages::upgrades_path.text());
  CHECK(stages::switches_updates_on(written));
  CHECK(written.find("Automatic-Reboot") == std::string::npos);
  CHECK(written.find("Origin") == std::string::npos);
  bool is_kept = false;
  for (const auto& [path, entry] : scene.host.model.entries) is_kept = is_kept || (path.rfind("/var/lib/cosigner/backup/", 0) == 0 && entry.content == foreign);
  CHECK(is_kept == is_foreign);
  CHECK(scene.converge().effects == 0);
}

TEST_CASE("upkeep: settings that switch updates on already are left, whoever wrote them") {
  CHECK(stages::switches_updates_on("APT::Periodic::Update-Package-Lists \"7\";\nAPT::Periodic::Unattended-Upgrade \"1\";\nAPT::Periodic::AutocleanInterval \"7\";\n"));
  CHECK(stages::switches_updates_on("APT { Periodic { Update-Package-Lists \"1\"; Unattended-Upgrade \"always\"; }; };\n"));
  CHECK(stages::switches_updates_on("APT::Periodic::Update-Package-Lists \"1d\";\nAPT::Periodic::Unattended-Upgrade \"12h\";\n"));
  for (const char* text : {"", "APT::Periodic::Update-Package-Lists \"1\";\n", "APT::Periodic::Update-Package-Lists \"1\";\nAPT::Periodic::Unattended-Upgrade \"0\";\n", "// APT::Periodic::Update-Package-Lists \"1\";\n// APT::Periodic::Unattended-Upgrade \"1\";\n"})
    CHECK_FALSE(stages::switches_updates_on(text));
}

TEST_CASE("upkeep: security updates are judged by all of apt's settings in their order, and by its timers") {
  Upkeep scene;
  scene.settings.answers.security_updates = true;
  scene.host.model.packages["unattended-upgrades"] = {"unattended-upgrades", "1.0", "installed"};
  const std::string on = "APT::Periodic::Update-Package-Lists \"1\";\nAPT::Periodic::Unattended-Upgrade \"1\";\n", off = "APT::Periodic::Unattended-Upgrade \"0\";\n";
  const std::string folder = "/etc/apt/apt.conf.d/";
  SECTION("somebody's own file") {
    scene.put(folder + "10periodic", off);
    scene.put(folder + "52own", on);
    CHECK(scene.pending().empty());
  }
  SECTION("files that apt does not read") {
    scene.put(folder + "99off.ucf-dist", off);
    scene.put(folder + "52own.dpkg-old", on);
    CHECK(scene.pending() == Ids{"security-updates-on"});
  }
  SECTION("a file before ours") {
    scene.put(folder + "10periodic", off);
    CHECK(exit_code_of(scene.converge()) == ok);
    CHECK(scene.found("host.security_updates").id.empty());
    CHECK(scene.converge().effects == 0);
  }
  SECTION("a file after ours wins, and is told") {
    const std::string later = GENERATE(as<std::string>(), "/etc/apt/apt.conf.d/99-x", "/etc/apt/apt.conf");
    scene.put(later, off);
    CHECK(exit_code_of(scene.converge()) == ok);
    CHECK(scene.found("host.security_updates").outcome == report::Outcome::warn);
    CHECK_THAT(scene.found("host.security_updates").evidence, Catch::Contains(later + " switches them off"));
    CHECK(scene.converge().effects == 0);
  }
  SECTION("a timer that never runs") {
    scene.put(folder + "20auto-upgrades", on);
    scene.host.model.units["apt-daily.timer"].state = {true, "active", "enabled", false};
    scene.host.model.units["apt-daily-upgrade.timer"].state = {true, "inactive", GENERATE(as<std::string>(), "masked", "disabled"), false};
    CHECK(scene.pending().empty());
    CHECK(scene.found("host.security_updates").outcome == report::Outcome::warn);
    CHECK_THAT(scene.found("host.security_updates").evidence, Catch::Contains("apt-daily-upgrade.timer") && !Catch::Contains("apt-daily.timer"));
  }
}

TEST_CASE("upkeep: microcode comes to bare metal alone; its limits are said; where no source has it that is told, and asked once a boot") {
  Upkeep scene;
  scene.offer("intel-microcode", "");
  CHECK(scene.pending().empty());  // virtual
  scene.make_bare_metal();
  SECTION("offered") {
    CHECK(scene.pending() == Ids{"microcode"});
    CHECK_THAT(scene.found("firmware.microcode_package").evidence, Catch::Contains("next start") && Catch::Contains("firmware"));
    CHECK(exit_code_of(scene.converge()) == ok);
    CHECK(scene.host.model.packages.count("intel-microcode") == 1);
  }
  SECTION("not offered") {
    scene.host.model.available.erase("intel-microcode");
    CHECK(scene.pending() == Ids{"upkeep-lists"});
    CHECK(exit_code_of(scene.converge()) == ok);
    CHECK(scene.found("firmware.microcode_package").outcome == report::Outcome::warn);
    CHECK_THAT(scene.found("firmware.microcode_package").evidence, Catch::Contains("no package source"));
  }
  SECTION("apt has no lists yet") {
    scene.put("/etc/apt/sources.list", "deb http://archive.example/debian bookworm main\n");
    scene.offer("intel-microcode", "/etc/apt/sources.list");
    CHECK(scene.found("firmware.microcode_package").outcome == report::Outcome::unknown);
    CHECK(exit_code_of(scene.converge()) == ok);
    CHECK(scene.host.model.packages.count("intel-microcode") == 1);
  }
  CHECK(scene.converge().effects == 0);
}

TEST_CASE("upkeep: nothing is done on a machine that is ruled out") {
  Upkeep scene;
  scene.host.model.clock_sync = lost;
  scene.have("chrony.service", "inactive", "disabled");
  scene.put("/proc/meminfo", "MemTotal: 2000000 kB\n");
  CHECK(scene.pending().empty());
  CHECK(scene.converge().effects == 0);
}

TEST_CASE("upkeep: cut off at any writing call it is gone on from, to the same state") {
  const auto prepared = [] {
    auto scene = std::make_unique<Upkeep>();
    scene->host.model.clock_sync = lost;
    Upkeep* raw = scene.get();
    scene->offer("chrony", "", [raw](kit::MachineModel&) { raw->have("chrony.service", "inactive", "disabled"); });
    scene->offer("unattended-upgrades", "");
    scene->offer("intel-microcode", "");
    scene->make_bare_metal();
    scene->settings.answers.security_updates = true;
    scene->put(stages::upgrades_path.text(), "APT::Periodic::Unattended-Upgrade \"0\";\n");
    return scene;
  };
  const auto first = prepared();
  REQUIRE(exit_code_of(first->converge()) == ok);
  const std::string wanted = kit::settled_state(first->host.model);
  const auto calls = first->host.log.calls();
  kit::at_every_call(calls, [&](const kit::Fault& fault) {
    const auto scene = prepared();
    kit::die(scene->host, fault, [&] { scene->converge(); });
    REQUIRE(exit_code_of(scene->converge()) == ok);
    CHECK(kit::settled_state(scene->host.model) == wanted);
    CHECK(scene->converge().effects == 0);
  });
  CHECK(calls.size() > 15);
}

TEST_CASE("upkeep: a package run that was cut off is finished before another package is asked for") {
  Upkeep scene;
  scene.offer("unattended-upgrades", "");
  scene.offer("intel-microcode", "");
  scene.make_bare_metal();
  scene.settings.answers.security_updates = true;
  scene.host.model.packages["chrony"] = {"chrony", "4.3", "half-configured"};
  const auto ids = scene.pending();
  CHECK(std::count(ids.begin(), ids.end(), "finish") == 1);
  for (const char* package : {"security-updates", "microcode"}) CHECK(std::count(ids.begin(), ids.end(), package) == 0);
  CHECK(exit_code_of(scene.converge()) == ok);
  for (const char* package : {"chrony", "unattended-upgrades", "intel-microcode"}) CHECK(scene.host.model.packages.at(package).status == "installed");
  CHECK(scene.converge().effects == 0);
}
