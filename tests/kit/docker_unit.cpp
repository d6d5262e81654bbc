#include "kit/docker_unit.hpp"

#include "base/text.hpp"
#include "kit/fake_containers.hpp"

namespace cosigner::kit {
namespace {

constexpr const char* settings_file = "/etc/docker/daemon.json";
constexpr const char* drop_ins = "/etc/systemd/system/docker.service.d/";

/// What a reload reads again.
void read_settings(MachineModel& model) {
  const auto file = model.entries.find(settings_file);
  if (model.engine) model.engine->live_restore = file != model.entries.end() && file->second.content.find("\"live-restore\": true") != std::string::npos;
}

/// The proxy comes by the unit's environment, so only a start sees a change.
void read_environment(MachineModel& model) {
  for (const auto& [path, entry] : model.entries) {
    const std::size_t at = path.rfind(drop_ins, 0) == 0 ? entry.content.find("HTTPS_PROXY=") : std::string::npos;
    if (at != std::string::npos) model.engine->https_proxy = entry.content.substr(at + 12, entry.content.find_first_of("\"\n", at) - at - 12);
  }
}

void started(MachineModel& model) {
  model.engine = host::EngineInfo{"20.10.24", "1.41", "1.12", "/var/lib/docker", "overlay2", {}, {}, false, {}};
  read_settings(model);
  read_environment(model);
  engine_started_again(model);
}

void stopped(MachineModel& model) { model.engine.reset(); }

}  // namespace

void install_docker(MachineModel& model) {
  UnitModel unit;
  unit.state = {true, "active", "enabled", false};
  unit.started = started;
  unit.stopped = stopped;
  unit.reloaded = read_settings;
  model.units["docker.service"] = unit;
  started(model);
}

void offer_docker(MachineModel& model, const std::string& source_file) {
  model.available["containerd.io"] = {"1.6.28-1", source_file, {}, {}};
  model.available["docker-ce-cli"] = {"5:26.0.0-1", source_file, {}, {}};
  model.available["docker-ce"] = {"5:26.0.0-1", source_file, {"containerd.io"}, install_docker};
  model.available["docker.io"] = {"20.10.24+dfsg1-1", "", {}, install_docker};
}

}  // namespace cosigner::kit
