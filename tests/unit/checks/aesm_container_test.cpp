// A machine whose daemon is a container: no package, no user, no unit of it, and yet nothing is missing.
#include <catch2/catch.hpp>

#include "unit/checks/sound_machine.hpp"

using namespace cosigner;
using namespace cosigner::checks;
using report::Outcome;

namespace {

struct ContainedDaemon : SoundMachine {
  ContainedDaemon() {
    settings.answers.aesm = "container";
    auto& model = host.model;
    for (auto at = model.packages.begin(); at != model.packages.end();) at = at->first.find("sgx") != std::string::npos ? model.packages.erase(at) : std::next(at);
    model.users.erase("aesmd");
    model.units.erase("aesmd.service");
    drop("/opt/intel/sgx-aesm-service/aesm/aesm_service");
    put_folder("/run/aesmd");
    host::Container daemon;
    daemon.running = true;
    daemon.state = "running";
    daemon.spec.name = settings.profile.aesm_container.name;
    daemon.spec.restart_policy = "always";
    daemon.spec.mounts = {{"/var/run/aesmd", "/var/run/aesmd", false}};
    model.containers["aesmd"] = daemon;
  }
};

}  // namespace

TEST_CASE("with the daemon in a container no check misses its package, its user or its unit") {
  const ContainedDaemon machine;
  for (const auto& [id, finding] : machine.look()) {
    INFO(id << " " << finding.evidence << finding.because);
    CHECK((finding.outcome == Outcome::pass || finding.outcome == Outcome::skip || finding.outcome == Outcome::warn));
    if (id.rfind("aesm.", 0) == 0 || id.rfind("qcnl.", 0) == 0) CHECK(finding.outcome != Outcome::warn);
  }
  CHECK(machine.look().at("aesm.answer").outcome == Outcome::pass);
  CHECK(machine.look().at("aesm.program").outcome == Outcome::skip);
}

TEST_CASE("a daemon's container that is gone, stopped or not started again is found") {
  ContainedDaemon machine;
  auto& daemon = machine.host.model.containers.at("aesmd");
  daemon.spec.restart_policy = "no";
  CHECK(machine.look().at("aesm.enabled").outcome == Outcome::warn);
  daemon.running = false;
  daemon.state = "exited";
  CHECK(machine.look().at("aesm.unit").outcome == Outcome::fail);
  CHECK(machine.look().at("aesm.answer").outcome == Outcome::skip);
  machine.host.model.containers.erase("aesmd");
  CHECK(machine.look().at("aesm.unit").outcome == Outcome::fail);
}
