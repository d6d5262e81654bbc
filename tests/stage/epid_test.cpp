#include "installer/stages/epid.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "aesm_scene.hpp"
#include "installer/stages/sgx_packages.hpp"
#include "kit/aesmd_reader.hpp"

using namespace cosigner;
using namespace cosigner::scene;

namespace {

constexpr const char* app = "enclave-app.service";
constexpr const char* idle = "enclave-idle.service";
const std::string blob = "/var/opt/aesmd/data/epid_data.blob";
const std::string copied = "/var/opt/aesmd/data/white_list_cert_to_be_verify.bin";
const std::string others = "/var/opt/aesmd/data/ecdsa.blob";

/// A host with the old set: EPID's packages beside the daemon, its settings and what the daemon cached; two units use enclaves.
struct OldHost : AesmScene {
  explicit OldHost(const std::string& mode = "package") : AesmScene("package") {
    require_good();
    auto& model = host.model;
    for (const auto& name : settings.profile.packages.sgx_epid) model.packages[name] = {name, "2.17.100.3-focal1", "installed"};
    model.packages.erase("libsgx-dcap-default-qpl");
    put(aesm_conf, "# old\nproxy type = direct\nwhitelist url = http://whitelist.example/\ndefault quoting type = epid_linkable\n");
    put(blob, "sealed");
    put("/var/opt/aesmd/data/white_list_cert.bin", "list");
    put(copied, "list");
    put(others, "key");
    for (const char* unit : {app, idle}) model.units[unit].state = {true, unit == std::string(app) ? "active" : "inactive", "enabled", false};
    settings.answers.aesm = mode;
    if (mode == "container") settings.answers.aesm_digest = aesm_digest;
    settings.answers.stop_units = {"enclave-app", idle};
    settings.answers.stop_units_decided = true;
  }

  bool has_epid() const {
    const auto& names = settings.profile.packages.sgx_epid;
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) { return host.model.packages.count(name) != 0; });
  }
  bool runs(const char* name) { return host.model.units[name].state.is_active(); }
};

std::ptrdiff_t place_of(const std::vector<std::string>& calls, const std::string& start) {
  const auto found = std::find_if(calls.begin(), calls.end(), [&](const std::string& call) { return call.rfind(start, 0) == 0; });
  REQUIRE(found != calls.end());
  return found - calls.begin();
}

bool tells(AesmScene& scene, const std::string& id, const std::string& part) {
  const auto all = scene.findings();
  return std::any_of(all.begin(), all.end(), [&](const report::Finding& each) { return each.id == id && each.evidence.find(part) != std::string::npos; });
}

void require_dcap(OldHost& scene) {
  CHECK_FALSE(scene.has_epid());
  CHECK(scene.host.model.entries.count(blob) == 0);
  CHECK(scene.host.model.entries.count("/var/opt/aesmd/data/white_list_cert.bin") == 0);
  CHECK(scene.host.model.entries.count(copied) == 0);
  CHECK(scene.file(others) == "key");
  const auto read = kit::read_as_daemon(scene.file(aesm_conf));
  CHECK(read.is_taken);
  CHECK(read.values.at("default quoting type") == "ecdsa_256");
  CHECK(read.values.count("whitelist url") == 0);
  CHECK(scene.runs(app));
  CHECK_FALSE(scene.runs(idle));
  CHECK(scene.converge().effects == 0);
}

}  // namespace

TEST_CASE("a host with EPID moves to DCAP, its units stopped first and started last") {
  OldHost scene;
  CHECK(tells(scene, "sgx.epid", "2025-04-02"));
  CHECK(tells(scene, "sgx.epid", blob));
  scene.host.log.clear();
  scene.require_good();
  const auto calls = scene.host.log.calls();
  const auto stopped = place_of(calls, std::string("services.stop ") + app);
  const auto removed = place_of(calls, "packages.remove libsgx-");
  const auto installed = place_of(calls, "packages.install libsgx-dcap-default-qpl");
  const auto daemon = place_of(calls, std::string("services.start ") + aesm_unit);
  const auto started = place_of(calls, std::string("services.start ") + app);
  CHECK((stopped < removed && removed < installed && installed < daemon && daemon < started));
  CHECK(std::find(calls.begin(), calls.end(), std::string("services.start ") + idle) == calls.end());
  CHECK(place_of(calls, std::string("services.stop ") + aesm_unit) < removed);
  for (const auto& name : scene.settings.profile.packages.sgx) CHECK(scene.host.model.packages.count(name) == 1);
  require_dcap(scene);
}

TEST_CASE("with packages of EPID nothing is done before somebody has said which units to stop, and none is an answer") {
  OldHost scene;
  scene.settings.answers.stop_units.clear();
  scene.settings.answers.stop_units_decided = false;
  scene.host.log.clear();
  const auto report = scene.converge();
  CHECK(scene.error_of(report) == "answers.stop_units_undecided");
  CHECK(report::exit_code_of(report) == report::ExitCode::usage);
  CHECK(report.stages.front().error->remedy.find("attestation.stopUnits") != std::string::npos);
  CHECK(scene.host.log.calls().empty());
  scene.settings.answers.stop_units_decided = true;
  scene.require_good();
  CHECK(scene.host.log.calls().size() > 5);
  require_dcap(scene);
}

TEST_CASE("a unit of stopUnits that systemd does not know, or that is no name, stops the migration before it begins") {
  for (const std::string name : {"enclave-ap", "--now", "a b", "\x1b[2J"}) {
    OldHost scene;
    scene.settings.answers.stop_units = {name};
    scene.host.log.clear();
    const auto report = scene.converge();
    CHECK(scene.error_of(report) == "answers.stop_unit_unknown");
    CHECK(report.stages.front().error->message.find('\x1b') == std::string::npos);
    CHECK(scene.host.log.calls().empty());
  }
}

TEST_CASE("leftovers of EPID without its packages need no decision: settings and blobs are cleaned, the operator's units let run") {
  OldHost scene;
  for (const auto& name : scene.settings.profile.packages.sgx_epid) scene.host.model.packages.erase(name);
  scene.settings.answers.stop_units.clear();
  scene.settings.answers.stop_units_decided = false;
  scene.host.log.clear();
  scene.require_good();
  const auto calls = scene.host.log.calls();
  CHECK(std::find(calls.begin(), calls.end(), std::string("services.stop ") + app) == calls.end());
  require_dcap(scene);
}

TEST_CASE("a package of EPID that something needs which stays is not removed, and by whom it is needed is told") {
  OldHost scene;
  scene.put("/var/lib/dpkg/status",
            "Package: libsgx-uae-service\nStatus: install ok installed\nDepends: libsgx-launch (>= 2.17), libsgx-quote-ex | libsgx-epid\n\n"
            "Package: libsgx-quote-ex\nStatus: install ok installed\n\n"
            "Package: libsgx-launch\nStatus: install ok installed\nDepends: libsgx-ae-le\n\n"
            "Package: libsgx-ae-le\nStatus: install ok installed\n\n"
            "Package: gone\nStatus: deinstall ok config-files\nDepends: libsgx-ae-epid\n");
  scene.require_good();
  std::vector<std::string> left;
  for (const auto& name : scene.settings.profile.packages.sgx_epid)
    if (scene.host.model.packages.count(name) != 0) left.push_back(name);
  CHECK(left == std::vector<std::string>{"libsgx-ae-le", "libsgx-launch"});
  CHECK(tells(scene, "sgx.epid", "libsgx-launch stays, because libsgx-uae-service needs it"));
  CHECK(tells(scene, "sgx.epid", "libsgx-ae-le stays, because libsgx-launch needs it"));
  CHECK(scene.runs(app));
  CHECK(scene.converge().effects == 0);
}

TEST_CASE("units stopped for a migration whose daemon does not answer are not forgotten, but told of, and start at its end") {
  OldHost scene;
  auto& unit = scene.host.model.units.at(aesm_unit);
  const auto good = unit.started;
  unit.started = [](kit::MachineModel& model) { model.sockets.erase(aesm_socket); };
  CHECK(scene.error_of(scene.converge()) == "sgx.aesm_silent");
  CHECK_FALSE(scene.runs(app));
  CHECK(tells(scene, "sgx.epid_units", app));
  scene.host.model.units.at(aesm_unit).started = good;
  scene.settings.answers.stop_units.clear();  // the memory is the journal's
  scene.require_good();
  require_dcap(scene);
}

TEST_CASE("units stopped for a migration start only when the quote provider has answered, and the run that stops them names what to do without it") {
  OldHost scene;
  scene.settings.answers.quote_provider = "pccs";
  scene.settings.answers.pccs_url = "https://own.example:8081/sgx/certification/v4/";
  CHECK(tells(scene, "sgx.epid_units", app));  // before anything was stopped
  const auto report = scene.converge();
  CHECK(scene.error_of(report) == "sgx.provider_unreachable");
  CHECK_FALSE(scene.runs(app));
  const auto* told = finding_of(report.stages.front().findings, "sgx.epid_units");
  REQUIRE(told != nullptr);
  CHECK_THAT(told->remedy, Catch::Contains(std::string("systemctl start ") + app));
  scene.settings.answers.quote_provider = "auto";
  scene.require_good();
  require_dcap(scene);
}

TEST_CASE("attestation.legacyEpid installs the ended set beside the other, migrates nothing, and says at every run that it can attest to nobody") {
  OldHost scene;
  for (const auto& name : scene.settings.profile.packages.sgx_epid) scene.host.model.packages.erase(name);
  scene.settings.answers.legacy_epid = true;
  const std::string conf = scene.file(aesm_conf);
  SECTION("no source offers it") {
    const auto report = scene.converge();
    CHECK(scene.error_of(report) == "sgx.epid_gone");
    CHECK(report.stages.front().error->message.find("2025-04-02") != std::string::npos);
    CHECK(report.stages.front().error->message.find("2.28") != std::string::npos);
    CHECK_FALSE(scene.has_epid());
  }
  SECTION("an old source offers it") {
    for (const auto& name : scene.settings.profile.packages.sgx_epid) scene.host.model.available[name] = {"2.17", source_file, {}, {}};
    scene.require_good();
    for (const auto& name : scene.settings.profile.packages.sgx_epid) CHECK(scene.host.model.packages.count(name) == 1);
    CHECK(scene.file(aesm_conf) == conf);
    CHECK_FALSE(tells(scene, "sgx.aesmd_conf", "whitelist"));
    CHECK_FALSE(tells(scene, "sgx.aesmd_conf", "line"));
    CHECK(scene.file(blob) == "sealed");
    CHECK(scene.runs(app));
    CHECK(tells(scene, "sgx.epid", "nobody any more"));
    CHECK(scene.converge().effects == 0);
  }
}

TEST_CASE("the last release with EPID refuses the white list: its line goes, told and kept aside, and the quoting type stays") {
  OldHost scene;
  for (const auto& name : scene.settings.profile.packages.sgx_epid) scene.host.model.packages.erase(name);
  for (const auto& name : scene.settings.profile.packages.sgx_epid) scene.host.model.available[name] = {"2.27", source_file, {}, {}};
  scene.settings.answers.legacy_epid = true;
  scene.host.model.packages.at("sgx-aesm-service").version = "2.27.100.1-focal1";
  CHECK(tells(scene, "sgx.aesmd_conf", "line 3"));
  scene.require_good();
  const auto read = kit::read_as_daemon(scene.file(aesm_conf), true, false);
  CHECK(read.is_taken);
  CHECK(read.values.at("default quoting type") == "epid_linkable");
  CHECK_FALSE(tells(scene, "sgx.aesmd_conf", "line"));
  CHECK(scene.converge().effects == 0);
}

TEST_CASE("the last release of Ubuntu 20.04 recommends the plug-in of EPID: nothing recommended is taken, nothing of EPID named") {
  AesmScene scene("package");
  scene.put("/usr/lib/os-release", "ID=ubuntu\nVERSION_ID=\"20.04\"\n");
  for (const auto& name : scene.settings.profile.packages.sgx_epid) scene.host.model.available[name] = {"2.26", source_file, {}, {}};
  const auto stage = stages::make_sgx_packages_stage();
  int installs = 0;
  for (const auto& step : scene.look(*stage).steps) {
    const auto* install = std::get_if<engine::InstallPackages>(&step.payload);
    if (install == nullptr) continue;
    ++installs;
    CHECK_FALSE(install->request.recommends);
    CHECK(install->request.names == scene.settings.profile.packages.sgx);
  }
  CHECK(installs == 1);
  scene.require_good();
  for (const auto& name : scene.settings.profile.packages.sgx_epid) CHECK(scene.host.model.packages.count(name) == 0);
}

TEST_CASE("from EPID to DCAP in a container: the host's old packages go too, and the daemon of the container proves ECDSA before the units start") {
  OldHost scene("container");
  scene.require_good();
  CHECK(scene.container().running);
  CHECK_FALSE(scene.unit().is_active());
  CHECK_FALSE(scene.had_two());
  require_dcap(scene);
}

TEST_CASE("a crash at any writing call of the migration from EPID is gone on from, to the same state, with the operator's units running") {
  int cases = 0;
  for (const char* mode : {"package", "container"}) cases += crash_everywhere([mode]() -> std::unique_ptr<AesmScene> { return std::make_unique<OldHost>(mode); });
  WARN("migration from EPID: " << cases << " crash cases");
  CHECK(cases > 60);
}
