#include "aesm_scene.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "installer/stages/apt_repo.hpp"
#include "installer/stages/sgx_packages.hpp"
#include "kit/docker_unit.hpp"
#include "kit/unit_files.hpp"

namespace cosigner::scene {
namespace {

using kit::MachineModel;

constexpr const char* two_daemons = "two daemons";

bool is_daemon(const host::Container& container) { return container.spec.name.find("aesm") != std::string::npos; }

void note_if_two(MachineModel& model) {
  const auto unit = model.units.find(aesm_unit);
  const bool runs = unit != model.units.end() && unit->second.state.is_active();
  const bool has_container = std::any_of(model.containers.begin(), model.containers.end(), [](const auto& each) { return is_daemon(each.second) && each.second.running; });
  if (runs && has_container) model.traffic.emplace_back(two_daemons);
}

host::ExecOutput program(MachineModel& model, const host::Container& container, const std::vector<std::string>&) {
  if (!is_daemon(container)) return {-1, Untrusted(), Untrusted()};
  const auto unit = model.units.find(aesm_unit);
  if (unit != model.units.end() && unit->second.state.is_active()) model.traffic.emplace_back(two_daemons);
  model.sockets[aesm_socket] = [](MachineModel&, std::string_view question) { return good_daemon(question); };
  return {-1, Untrusted(), Untrusted()};
}

}  // namespace

AesmScene::AesmScene(const std::string& aesm) : HostScene(System::ubuntu) {
  MachineModel& model = host.model;
  kit::install_docker(model);
  model.registry[aesm_reference] = {aesm_digest, {aesm_image_id, {}, {}, {}}};
  model.container_program = program;
  model.container_ended = [](MachineModel& m, const host::Container& container) {
    if (is_daemon(container)) m.sockets.erase(aesm_socket);
  };
  const auto installed = model.available.at("sgx-aesm-service").installed;
  model.available.at("sgx-aesm-service").installed = [installed](MachineModel& m) {
    const auto sockets = m.sockets;
    installed(m);
    if (kit::is_held_back(m, aesm_unit)) {
      m.units.at(aesm_unit).state.active = "inactive";
      m.sockets = sockets;
    }
    note_if_two(m);
    const auto started = m.units.at(aesm_unit).started;
    m.units.at(aesm_unit).started = [started](MachineModel& again) {
      started(again);
      note_if_two(again);
    };
  };
  for (const char* folder : {"/etc/docker", "/etc/tmpfiles.d", "/etc/systemd/system"}) model.entries[folder] = {host::FileKind::directory, {{0755}, {}}, "", model.now};
  for (const std::string place : {"global.acccache.azure.net", "localhost:8081"}) {  // quote providers
    model.addresses[place.substr(0, place.find(':'))] = {"192.0.2.3"};
    serve("https://" + place + "/sgx/certification/v4/qe/identity", some_identity);
  }
  const auto apt = stages::make_apt_repo_stage();
  REQUIRE(report::exit_code_of(run({apt.get()})) == report::ExitCode::ok);  // for the package, which a test may come to
  settings.answers.aesm = aesm;
  if (aesm == "container") settings.answers.aesm_digest = aesm_digest;
}

report::RunReport AesmScene::converge() { return converge_sgx_packages(*this); }

void AesmScene::require_good() { REQUIRE(has_ended_well(converge())); }

std::vector<std::string> AesmScene::steps() { return pending(*this); }

std::vector<report::Finding> AesmScene::findings() { return look_at_sgx_packages(*this).findings; }

bool AesmScene::had_two() const { return had(two_daemons); }

bool AesmScene::had(const std::string& traffic) const {
  const auto& all = host.model.traffic;
  return std::any_of(all.begin(), all.end(), [&](const std::string& each) { return each.rfind(traffic, 0) == 0; });
}

int crash_everywhere(const std::function<std::unique_ptr<AesmScene>()>& make) {
  const auto first = make();
  first->host.log.clear();
  first->require_good();
  const std::string wanted = kit::settled_state(first->host.model);
  const auto calls = first->host.log.calls();
  return kit::at_every_call(calls, [&](const kit::Fault& fault) {
    const auto scene = make();
    kit::die(scene->host, fault, [&] { scene->converge(); });
    scene->require_good();
    CHECK(kit::settled_state(scene->host.model) == wanted);
    CHECK(scene->converge().effects == 0);
    CHECK_FALSE(scene->had_two());
  });
}

}  // namespace cosigner::scene
