// Registration of bare metal with several sockets, and the platform's identity for an own PCCS.
#include <catch2/catch.hpp>
#include <memory>

#include "base/crypto.hpp"
#include "host_scene.hpp"
#include "installer/stages/sgx_packages.hpp"

using namespace cosigner;
using namespace cosigner::scene;

namespace {

constexpr const char* success = "Registration process completed successfully.\n";
constexpr const char* in_progress = "Registration is in progress.\nLast reported registration error code: 0x0\n";
const std::string own_pccs = "https://own.example:8081/sgx/certification/v4/";

/// Bare metal with two sockets, booted by UEFI, whose tool says `says` once its unit was started.
struct Metal : HostScene {
  explicit Metal(std::string status = success, int sockets = 2) : HostScene(System::ubuntu), says(std::move(status)) {
    for (auto& leaf : host.model.cpuid.front().leaves) {
      if (leaf.leaf == 1) leaf.registers.ecx &= 0x7fffffffu;
    }
    std::string cpus;
    for (int cpu = 0; cpu < 4; ++cpu) cpus += "processor : " + std::to_string(cpu) + "\nphysical id : " + std::to_string(cpu % sockets) + "\n";
    put("/proc/cpuinfo", cpus);
    put("/sys/firmware/efi/fw_platform_size", "64\n");
    host.model.available["sgx-ra-service"] = {"1.23", source_file, {}, [this](kit::MachineModel& model) {
                                                auto& unit = model.units[stages::registration_unit];
                                                unit.state.found = true;
                                                unit.state.enabled = "disabled";
                                                unit.state.active = "inactive";
                                                unit.started = [this](kit::MachineModel& m) {
                                                  m.registration_status = says;
                                                  m.units[stages::registration_unit].state.active = fails ? "failed" : "active";
                                                };
                                                model.registration_status = in_progress;
                                              }};
    host.model.available["sgx-pck-id-retrieval-tool"] = {"1.23", source_file, {}, {}};
  }
  report::RunReport again() { return run_all(); }
  std::string says;
  bool fails = false;
};

report::Finding found(HostScene& scene, const std::string& id = "platform.registered") {
  const auto plan = look_at_sgx_packages(scene);
  const auto* finding = finding_of(plan.findings, id);
  return finding == nullptr ? report::Finding{} : *finding;
}

void use_own_pccs(HostScene& scene) {
  scene.settings.answers.quote_provider = "pccs";
  scene.settings.answers.pccs_url = own_pccs;
  scene.host.model.addresses["own.example"] = {"192.0.2.77"};
  scene.serve(own_pccs + "qe/identity", some_identity);
}

int count(const HostScene& scene, const std::string& call) {
  int out = 0;
  for (const auto& each : scene.host.log.calls()) out += each.rfind(call, 0) == 0 ? 1 : 0;
  return out;
}

}  // namespace

TEST_CASE("bare metal with two sockets is registered: package, unit enabled and started once, and then nothing is left to do") {
  Metal scene;
  REQUIRE(has_ended_well(scene.run_all()));
  CHECK(scene.host.model.packages.count("sgx-ra-service") == 1);
  CHECK(scene.host.model.units.at(stages::registration_unit).state.is_enabled());
  CHECK(found(scene).outcome == report::Outcome::pass);
  CHECK_THAT(found(scene).evidence, Catch::Contains("2 sockets, registered"));
  CHECK(scene.again().effects == 0);
  CHECK(count(scene, "services.restart mpa_registration_tool.service") == 1);
}

TEST_CASE("a virtual machine, one socket, and a processor that says nothing are left alone, each with its reason") {
  SECTION("virtual") {
    HostScene scene(HostScene::System::ubuntu);
    scene.put("/proc/cpuinfo", "physical id : 0\nphysical id : 1\n");
    REQUIRE(has_ended_well(scene.run_all()));
    CHECK(scene.host.model.packages.count("sgx-ra-service") == 0);
    CHECK_THAT(found(scene).evidence, Catch::Contains("a virtual machine: its host is registered"));
  }
  SECTION("one socket") {
    Metal scene(success, 1);
    REQUIRE(has_ended_well(scene.run_all()));
    CHECK(scene.host.model.packages.count("sgx-ra-service") == 0);
    CHECK_THAT(found(scene).evidence, Catch::Contains("one socket"));
  }
  SECTION("unknown") {
    Metal scene;
    scene.host.model.entries.erase("/proc/cpuinfo");
    REQUIRE(has_ended_well(scene.run_all()));
    CHECK(scene.host.model.packages.count("sgx-ra-service") == 0);
    CHECK(found(scene).outcome == report::Outcome::unknown);
    CHECK_FALSE(found(scene).because.empty());
  }
}

TEST_CASE("without UEFI registration cannot be: a failing finding with its remedy, and the rest goes on") {
  Metal scene;
  scene.host.model.entries.erase("/sys/firmware/efi/fw_platform_size");
  scene.host.model.entries.erase("/sys/firmware/efi");
  REQUIRE(has_ended_well(scene.run_all()));
  CHECK(found(scene).outcome == report::Outcome::fail);
  CHECK_THAT(found(scene).remedy, Catch::Contains("UEFI"));
  CHECK(scene.host.model.packages.count("sgx-ra-service") == 0);
  CHECK(scene.again().effects == 0);
}

TEST_CASE("registration that is in progress or failed does not end the run: it is told with cause, remedy and row, and is not started twice") {
  struct Row {
    const char* says;
    report::Outcome outcome;
    const char* row;
  };
  for (const Row& row : {Row{in_progress, report::Outcome::warn, "F7"}, Row{"Registration is in progress.\ncode: 0x82\n", report::Outcome::fail, "F3"}, Row{"code: 0xA3\n", report::Outcome::fail, "F4"}}) {
    INFO(row.says);
    Metal scene(row.says);
    scene.fails = true;  // the unit's own start fails with it
    REQUIRE(has_ended_well(scene.run_all()));
    const auto finding = found(scene);
    CHECK(finding.outcome == row.outcome);
    CHECK(finding.rows == std::vector<std::string>{row.row});
    CHECK_FALSE(finding.remedy.empty());
    CHECK(scene.again().effects == 0);
    CHECK(count(scene, "services.restart mpa_registration_tool.service") == 1);
    scene.host.model.registration_status = success;  // firmware finished it at a start
    REQUIRE(has_ended_well(scene.run_all()));
    CHECK(found(scene).outcome == report::Outcome::pass);
    CHECK(scene.again().effects == 0);
  }
}

TEST_CASE("a machine that another registered is taken as it is, its masked unit apart") {
  Metal scene;
  auto& model = scene.host.model;
  model.available.at("sgx-ra-service").installed(model);
  model.packages["sgx-ra-service"] = {"sgx-ra-service", "1.23", "installed"};
  model.registration_status = success;
  model.units.at(stages::registration_unit).state.enabled = "masked";
  REQUIRE(has_ended_well(scene.run_all()));
  CHECK(count(scene, "services.restart mpa_registration_tool.service") == 0);
  CHECK(model.units.at(stages::registration_unit).state.is_enabled());
  CHECK(found(scene).outcome == report::Outcome::pass);
}

TEST_CASE("a registered machine whose log tells of new trouble is told so") {
  Metal scene;
  REQUIRE(has_ended_well(scene.run_all()));
  scene.put("/var/log/mpa_registration.log", "ERROR: BIOS/MCHECK failed, reported error: 0x12\n");
  CHECK(found(scene).outcome == report::Outcome::fail);
  CHECK(found(scene).rows == std::vector<std::string>{"F8"});
}

TEST_CASE("an own PCCS on bare metal gets the platform's identity once, for root alone, and no text shows it") {
  Metal scene(success, 1);
  use_own_pccs(scene);
  const std::string identity = "00112233445566778899AABB,0000,BBCC,0d00,DDEEFF00112233\n";
  scene.host.model.platform_id = identity;
  REQUIRE(has_ended_well(scene.run_all()));
  CHECK(scene.file(stages::platform_id_path.text()) == identity);
  CHECK(scene.host.model.entries.at(stages::platform_id_path.text()).attributes.mode.bits == 0600);
  const auto finding = found(scene, "platform.retrieval");
  CHECK(finding.outcome == report::Outcome::pass);
  CHECK_THAT(finding.evidence, Catch::Contains(std::to_string(identity.size()) + " bytes") && Catch::Contains(sha256_hex(identity).substr(0, 8)));
  CHECK(finding.evidence.find("0011") == std::string::npos);
  CHECK(scene.file("/var/lib/cosigner/journal.jsonl").find("00112233") == std::string::npos);
  CHECK(scene.again().effects == 0);
  scene.host.model.entries.at(stages::platform_id_path.text()).attributes.mode = {0644};
  CHECK(scene.again().effects == 1);
  CHECK(scene.host.model.entries.at(stages::platform_id_path.text()).attributes.mode.bits == 0600);
}

TEST_CASE("an identity that is all zero is told, and in a virtual machine or with another provider none is retrieved") {
  SECTION("zero") {
    Metal scene(success, 1);
    use_own_pccs(scene);
    scene.host.model.platform_id = std::string(768, '0') + ",0000,00,0d00,CC\n";
    REQUIRE(has_ended_well(scene.run_all()));
    CHECK(found(scene, "platform.retrieval").outcome == report::Outcome::warn);
    CHECK(found(scene, "platform.retrieval").rows == std::vector<std::string>{"E8"});
  }
  SECTION("virtual") {
    HostScene scene(HostScene::System::ubuntu);
    use_own_pccs(scene);
    REQUIRE(has_ended_well(scene.run_all()));
    CHECK(scene.file(stages::platform_id_path.text()).empty());
  }
  SECTION("Intel's service") {
    Metal scene(success, 1);
    REQUIRE(has_ended_well(scene.run_all()));
    CHECK(scene.file(stages::platform_id_path.text()).empty());
  }
}

TEST_CASE("an identity that is empty or cut short is retrieved anew, and a tool that gives none ends nothing") {
  Metal scene(success, 1);
  use_own_pccs(scene);
  REQUIRE(has_ended_well(scene.run_all()));
  const std::string whole = scene.host.model.platform_id;
  SECTION("a broken file") {
    scene.put(stages::platform_id_path.text(), GENERATE(as<std::string>(), "", "00112233445566,0000,BB", "AA,0000,BB,0d00,\n", "AA,0000,xx,0d00,CC\n"), {{0600}, {}});
    CHECK(pending(scene) == std::vector<std::string>{"platform-id"});
    REQUIRE(has_ended_well(scene.run_all()));
    CHECK(scene.file(stages::platform_id_path.text()) == whole);
    CHECK(found(scene, "platform.retrieval").outcome == report::Outcome::pass);
  }
  SECTION("a tool that fails") {
    scene.host.model.entries.erase(stages::platform_id_path.text());
    scene.host.model.platform_id = "AA,0000";
    REQUIRE(has_ended_well(scene.run_all()));
    CHECK(scene.file(stages::platform_id_path.text()).empty());
    CHECK(found(scene, "platform.retrieval").outcome == report::Outcome::fail);
    CHECK_THAT(found(scene, "platform.retrieval").remedy, Catch::Contains("PCKIDRetrievalTool -f"));
  }
  CHECK(scene.again().effects == 0);
}

namespace {

/// Behind a self-signed certificate: what the daemon answers to InitQuoteEx from now on, 0 for success and -1 for nothing at all.
std::shared_ptr<int> use_self_signed_pccs(HostScene& scene) {
  use_own_pccs(scene);
  scene.settings.answers.pccs_self_signed = true;
  scene.host.model.web.erase(own_pccs + "qe/identity");
  auto code = std::make_shared<int>(0);
  auto& package = scene.host.model.available.at("sgx-aesm-service");
  package.installed = [before = package.installed, code](kit::MachineModel& model) {
    before(model);
    auto& unit = model.units.at("aesmd.service");
    unit.started = [started = unit.started, code](kit::MachineModel& m) {
      started(m);
      auto& socket = m.sockets.at("/var/run/aesmd/aesm.socket");
      socket = [good = socket, code](kit::MachineModel& again, std::string_view question) {
        const bool is_init = question.size() > 4 && question[4] == 0x7a;
        if (!is_init || *code == 0) return good(again, question);
        return *code < 0 ? std::string() : std::string("\x04\0\0\0\x7a\x02\x08", 7) + static_cast<char>(*code);
      };
    };
    unit.started(model);
  };
  return code;
}

}  // namespace

TEST_CASE("a self-signed PCCS that does not know the platform yet: what makes it known comes first, then the run ends with the one thing to do") {
  Metal scene;
  const auto code = use_self_signed_pccs(scene);
  *code = 44;
  const auto report = scene.run_all();
  CHECK(scene.error_of(report) == "sgx.provider_refused");
  CHECK(code_of(report) == 11);
  CHECK_THAT(report.stages.back().error->remedy, Catch::Contains(stages::platform_id_path.text()));
  CHECK(scene.file(stages::platform_id_path.text()) == scene.host.model.platform_id);
  CHECK(count(scene, "services.restart mpa_registration_tool.service") == 1);
  *code = 0;
  REQUIRE(has_ended_well(scene.run_all()));
  CHECK(scene.again().effects == 0);
}

TEST_CASE("what the daemon says of a provider that only it can ask is the provider's trouble, anything else the daemon's own") {
  struct Row {
    int code;
    const char* error;
    int exit;
  };
  for (const Row& row : {Row{-1, "sgx.provider_unreachable", 11}, Row{12, "sgx.provider_unreachable", 11}, Row{22, "sgx.provider_refused", 11}, Row{44, "sgx.provider_refused", 11}, Row{40, "sgx.aesm_error", 12}}) {
    INFO(row.code);
    HostScene scene(HostScene::System::ubuntu);
    *use_self_signed_pccs(scene) = row.code;
    const auto report = scene.run_all();
    CHECK(scene.error_of(report) == row.error);
    CHECK(code_of(report) == row.exit);
    REQUIRE(report.stages.back().error);
    CHECK_FALSE(report.stages.back().error->remedy.empty());
  }
}

TEST_CASE("packages for registration and retrieval that are gone from the publisher's place are looked for in fresh lists, as all of the publisher's") {
  Metal scene;
  use_own_pccs(scene);
  scene.host.model.missing_files = {{"sgx-ra-service", 2}, {"sgx-pck-id-retrieval-tool", 2}};
  REQUIRE(has_ended_well(scene.run_all()));
}

TEST_CASE("registration and retrieval that are cut off at any writing call are gone on from, to the same state") {
  Metal first;
  use_own_pccs(first);
  REQUIRE(has_ended_well(first.run_all()));
  const std::string wanted = kit::settled_state(first.host.model);
  const auto calls = first.host.log.calls();
  const auto begin = static_cast<std::size_t>(std::find_if(calls.begin(), calls.end(), [](const auto& call) { return call.find("sgx-ra-service") != std::string::npos; }) - calls.begin());
  REQUIRE(begin < calls.size());
  kit::at_every_call(calls, [&](const kit::Fault& fault) {
    Metal scene;
    use_own_pccs(scene);
    kit::die(scene.host, fault, [&] { scene.run_all(); });
    REQUIRE(has_ended_well(scene.run_all()));
    CHECK(kit::settled_state(scene.host.model) == wanted);
    CHECK(scene.again().effects == 0);
  }, begin);
}
