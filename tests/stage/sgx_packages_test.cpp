#include "installer/stages/sgx_packages.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "host_scene.hpp"
#include "installer/stages/apt_repo.hpp"

using namespace cosigner;
using namespace cosigner::scene;
using System = HostScene::System;

namespace {

constexpr const char* unit = "aesmd.service";
constexpr const char* socket = "/var/run/aesmd/aesm.socket";

}  // namespace

TEST_CASE("a bare machine ends with packages, groups, provider and an answering daemon; a second run has no effect") {
  HostScene scene(System::ubuntu);
  REQUIRE(has_ended_well(scene.run_all()));
  const auto& model = scene.host.model;
  for (const auto& name : scene.settings.profile.packages.sgx) CHECK(model.packages.count(name) == 1);
  CHECK(model.groups.at("sgx_prv").members == std::vector<std::string>{"aesmd"});
  const auto qcnl = parse_json(scene.file(qcnl_file));
  REQUIRE(qcnl.ok());
  CHECK(qcnl->at("pccs_url") == scene.settings.profile.quote_provider.intel_pcs_url);
  CHECK(qcnl->at("retry_times") == 6);
  CHECK(model.sockets.count(socket) == 1);
  scene.host.log.clear();
  const auto again = scene.run_all();
  CHECK(again.effects == 0);
  CHECK(scene.host.log.calls().empty());
}

TEST_CASE("groups are made before the packages, whose scripts need them, and nothing recommended is taken") {
  HostScene scene(System::ubuntu);
  const auto stage = stages::make_sgx_packages_stage();
  const auto plan = scene.look(*stage);
  REQUIRE(plan.steps.size() == 2);
  CHECK(plan.steps[0].id == "group-sgx_prv");
  const auto& install = std::get<engine::InstallPackages>(plan.steps[1].payload);
  CHECK(install.request.names == scene.settings.profile.packages.sgx);
  CHECK_FALSE(install.request.recommends);
  CHECK_FALSE(install.request.allow_downgrade);
  CHECK_FALSE(plan.steps[1].interruptible);
}

TEST_CASE("a package run that was cut off is finished first") {
  HostScene scene(System::ubuntu);
  scene.host.model.dpkg_interrupted = true;
  CHECK(pending(scene) == std::vector<std::string>{"finish"});
  CHECK(has_ended_well(scene.run_all()));
}

TEST_CASE("a daemon that is stopped and disabled is enabled and started, and nothing else is touched") {
  ConvergedHost scene;
  scene.host.model.units.at(unit).state.active = "inactive";
  scene.host.model.units.at(unit).state.enabled = "disabled";
  scene.host.model.sockets.erase(socket);
  CHECK(pending(scene) == std::vector<std::string>{"daemon-enable", "daemon-start", "daemon-answer"});
  CHECK(has_ended_well(converge_sgx_packages(scene)));
  CHECK(scene.host.model.units.at(unit).state.is_active());
  CHECK(converge_sgx_packages(scene).effects == 0);
}

TEST_CASE("a masked daemon is unmasked") {
  ConvergedHost scene;
  scene.host.model.units.at(unit).state.active = "inactive";
  scene.host.model.units.at(unit).state.enabled = "masked";
  CHECK(has_ended_well(converge_sgx_packages(scene)));
}

TEST_CASE("a changed provider file is put right between stop and start, its other keys kept, the old file too") {
  ConvergedHost scene;
  scene.put(qcnl_file, "{\"pccs_url\": \"https://elsewhere.example/\", \"my_key\": [1]}\n");
  CHECK(pending(scene) == std::vector<std::string>{"daemon-stop", "quote-provider-backup", "quote-provider-kept", "quote-provider", "daemon-start", "daemon-answer", "provider-answer"});
  const auto stage = stages::make_sgx_packages_stage();
  CHECK(scene.look(*stage).steps.front().disruption == engine::Disruption::aesm);
  REQUIRE(has_ended_well(converge_sgx_packages(scene)));
  const auto qcnl = parse_json(scene.file(qcnl_file));
  REQUIRE(qcnl.ok());
  CHECK(qcnl->at("pccs_url") == scene.settings.profile.quote_provider.intel_pcs_url);
  CHECK(qcnl->at("my_key").size() == 1);
}

TEST_CASE("without a device node nothing is installed, and permission is not called missing") {
  for (const auto seen : {host::OpenResult::absent, host::OpenResult::no_device, host::OpenResult::failed}) {
    HostScene scene(System::ubuntu);
    scene.host.model.devices["/dev/sgx_enclave"] = seen;
    const auto report = converge_sgx_packages(scene);
    CHECK(scene.error_of(report) == "sgx.device_missing");
    CHECK_FALSE(report.stages.front().error->remedy.empty());
    CHECK(scene.host.log.calls().empty());
  }
  HostScene scene(System::ubuntu);
  scene.host.model.devices["/dev/sgx_enclave"] = host::OpenResult::permission_denied;
  const auto stage = stages::make_sgx_packages_stage();
  CHECK(scene.look(*stage).findings.front().outcome == report::Outcome::unknown);
}

TEST_CASE("a daemon that stays silent, or answers with an error, ends the stage with cause and remedy") {
  ConvergedHost scene;
  scene.host.model.units.at(unit).started = [](kit::MachineModel&) {};
  scene.host.model.sockets.erase(socket);
  auto report = converge_sgx_packages(scene);
  CHECK(scene.error_of(report) == "sgx.aesm_silent");
  CHECK_FALSE(report.stages.front().error->remedy.empty());

  const auto answer = [](kit::MachineModel&, std::string_view) { return std::string("\x05\0\0\0\xaa\x01\x02\x08\x1e", 9); };
  scene.host.model.units.at(unit).started = [=](kit::MachineModel& model) { model.sockets[socket] = answer; };
  report = converge_sgx_packages(scene);
  CHECK(scene.error_of(report) == "sgx.aesm_error");
  CHECK(report.stages.front().error->message.find("error 30") != std::string::npos);
  CHECK(report.stages.front().error->remedy.find("plugin") != std::string::npos);
}

TEST_CASE("a daemon that runs but does not answer well is started anew once") {
  ConvergedHost scene;
  scene.host.model.sockets[socket] = [](kit::MachineModel&, std::string_view) { return std::string(); };
  CHECK(pending(scene) == std::vector<std::string>{"daemon-stop", "daemon-start", "daemon-answer"});
  CHECK(has_ended_well(converge_sgx_packages(scene)));
}

TEST_CASE("a line that makes the daemon ignore its whole configuration is a warning") {
  ConvergedHost scene;
  scene.put("/etc/aesmd.conf", "proxy type =direct\n");
  const auto stage = stages::make_sgx_packages_stage();
  bool is_told = false;
  for (const auto& finding : scene.look(*stage).findings) is_told = is_told || (finding.id == "sgx.aesmd_conf" && finding.outcome == report::Outcome::warn);
  CHECK(is_told);
}

TEST_CASE("a crash at any writing call of the host stages is gone on from, to the same state, and then nothing is left to do") {
  int cases = 0, writing_calls = 0;
  for (const auto system : {System::ubuntu, System::debian}) {
    HostScene first(system);
    REQUIRE(has_ended_well(first.run_all()));
    const std::string wanted = kit::settled_state(first.host.model);
    const auto calls = first.host.log.calls();
    writing_calls += static_cast<int>(calls.size());
    cases += kit::at_every_call(calls, [&](const kit::Fault& fault) {
      HostScene scene(system);
      kit::die(scene.host, fault, [&] { scene.run_all(); });
      REQUIRE(has_ended_well(scene.run_all()));
      CHECK(kit::settled_state(scene.host.model) == wanted);
      CHECK(scene.run_all().effects == 0);
    });
  }
  CHECK(cases == 2 * writing_calls);
  WARN("host stages: " << writing_calls << " writing calls, " << cases << " crash cases");
}
