// Docker as packages bring it: the unit docker.service, whose start makes the engine answer and whose settings are read from
// /etc/docker/daemon.json and the unit's drop-ins when the engine starts or is reloaded.
#pragma once

#include "kit/model.hpp"

namespace cosigner::kit {

/// What the maintainer scripts of docker-ce and docker.io do: the unit is there, enabled and running.
void install_docker(MachineModel& model);

/// The packages docker-ce, docker-ce-cli, containerd.io of Docker's source (by its source file's path) and docker.io of the OS archive.
void offer_docker(MachineModel& model, const std::string& source_file);

}  // namespace cosigner::kit
