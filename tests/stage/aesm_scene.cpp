#include "aesm_scene.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "installer/stages/apt_repo.hpp"
#include "installer/stages/sgx_packages.hpp"
#include "kit/docker_unit.hpp"

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
  settings.answers.aesm = aesm;
  if (aesm == "container") settings.answers.aesm_digest = aesm_digest;
  MachineModel& model = host.model;
  kit::install_docker(model);
  model.registry[aesm_reference] = {aesm_digest, {aesm_image_id, {}, {}, {}}};
  model.container_program = program;
  model.container_ended = [](MachineModel& m, const host::Container& container) {
    if (is_daemon(container)) m.sockets.erase(aesm_socket);
  };
  const auto installed = model.available.at("sgx-aesm-service").installed;
  model.available.at("sgx-aesm-service").installed = [installed](MachineModel& m) {
    installed(m);
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
  REQUIRE(report::exit_code_of(run({apt.get()})) == report::ExitCode::ok);
}

report::RunReport AesmScene::converge() {
  const auto stage = stages::make_sgx_packages_stage();
  return run({stage.get()});
}

void AesmScene::require_good() {
  const auto report = converge();
  for (const auto& stage : report.stages) {
    if (stage.error) UNSCOPED_INFO(stage.id << " " << stage.error->code << " " << stage.error->message);
  }
  REQUIRE(report::exit_code_of(report) == report::ExitCode::ok);
}

std::vector<std::string> AesmScene::steps() {
  const auto stage = stages::make_sgx_packages_stage();
  const auto journal = state::Journal::load(host, "/var/lib/cosigner/journal.jsonl");
  REQUIRE(journal);
  auto plan = stage->look(host, {settings, journal->ledger(), ""});
  REQUIRE(plan);
  std::vector<std::string> ids;
  for (const auto& step : plan->steps) ids.push_back(step.id);
  return ids;
}

std::vector<report::Finding> AesmScene::findings() {
  const auto stage = stages::make_sgx_packages_stage();
  const auto journal = state::Journal::load(host, "/var/lib/cosigner/journal.jsonl");
  REQUIRE(journal);
  auto plan = stage->look(host, {settings, journal->ledger(), ""});
  REQUIRE(plan);
  return plan->findings;
}

bool AesmScene::had_two() const { return had(two_daemons); }

bool AesmScene::had(const std::string& traffic) const {
  const auto& all = host.model.traffic;
  return std::any_of(all.begin(), all.end(), [&](const std::string& each) { return each.rfind(traffic, 0) == 0; });
}

namespace {

void die_at(AesmScene& scene, int call, kit::Fault::When when) {
  kit::Fault fault;
  fault.call = call;
  fault.when = when;
  scene.host.log.clear();
  scene.host.log.set_fault(fault);
  bool died = false;
  try {
    scene.converge();
  } catch (const kit::PowerCut&) {
    died = true;
  }
  REQUIRE(died);
  scene.host.log.clear();
}

}  // namespace

int crash_everywhere(const std::function<std::unique_ptr<AesmScene>()>& make) {
  const auto first = make();
  first->host.log.clear();
  first->require_good();
  const std::string wanted = kit::settled_state(first->host.model);
  const auto calls = first->host.log.calls();
  for (int call = 0; call < static_cast<int>(calls.size()); ++call) {
    for (const auto when : {kit::Fault::When::before, kit::Fault::When::after}) {
      INFO("call " << call << " " << calls.at(static_cast<std::size_t>(call)) << (when == kit::Fault::When::before ? " before" : " after"));
      const auto scene = make();
      die_at(*scene, call, when);
      scene->require_good();
      CHECK(kit::settled_state(scene->host.model) == wanted);
      CHECK(scene->converge().effects == 0);
      CHECK_FALSE(scene->had_two());
    }
  }
  return 2 * static_cast<int>(calls.size());
}

}  // namespace cosigner::scene
