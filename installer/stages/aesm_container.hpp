// The service daemon (AESM) as a container instead of a unit of its package, and the way from one to the other: a part of the stage
// `sgx-packages`.
//
// Two daemons on one socket fight (facts, section 9), so there is never more than one: with `sgx.aesm: container` the package's unit is
// stopped and disabled, whatever brought it back, and an addition to it keeps it down while the rule for the container's folder is there,
// since the scripts of its package enable and start it at every upgrade; with `package` our container, the rule and the addition are removed
// before the packages come. Our container is known by its label. The daemon reads its files only when it starts: the container carries the hash of both
// as a label, so that one which has not read them as they are is seen, wherever a run was cut off.
//
// Blocks with `sgx.aesm_twice` (a container of somebody else's that is taken for a daemon, or that has our container's name),
// `engine.unreachable` (ours cannot be removed while the engine is down) and what plan_engine and plan_pinned_image block with; the custom steps "container" fail with `engine.container_differs`, `image.not_pinned` and as the engine's calls do.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/stage.hpp"
#include "installer/stages/aesm_daemon.hpp"
#include "installer/stages/docker_engine.hpp"
#include "installer/stages/pinned_image.hpp"

namespace cosigner::stages {

inline const Path aesm_folder_rule_path = "/etc/tmpfiles.d/cosigner-aesmd.conf";

inline const Path aesm_guard_path = "/etc/systemd/system/aesmd.service.d/cosigner-container.conf";

/// The settings want the daemon as a container.
bool is_container_wanted(const profile::Settings& settings);

struct AesmContainerFacts {
  std::optional<host::Container> ours;  // of the wanted name
  std::vector<std::string> strays;      // ours, of other names
  std::vector<std::string> rivals;      // somebody else's daemons on the socket
  std::vector<std::string> sharers;     // somebody else's containers that map the socket's folder, taken for clients
  std::optional<std::string> namesake;  // somebody else's, by the name that ours is to get
  std::optional<Error> unseen;          // the containers could not be looked at, and somebody's may be there
  std::vector<std::string> hidden;      // ours by the ledger, which an engine that does not answer brings back when it starts
  std::optional<std::string> folder_rule;  // text of the file that makes the socket's folder at boot
  std::optional<std::string> guard;        // text of the addition that keeps the package's unit down

  // Only looked at when the container is wanted:
  EngineFacts engine;
  PinnedImageFacts image;
  bool has_folder = false;
  bool has_rule_folder = false;
  std::vector<std::string> differences;  // of `ours`
  AesmDaemonFacts daemon;  // the package's unit, and what the daemon in our container answers when that runs
};

Result<AesmContainerFacts> probe_aesm_container(const host::HostView& host, const engine::StageContext& context);

/// Findings, and what blocks. Pure.
void judge_aesm_container(const AesmContainerFacts& facts, const engine::StageContext& context, engine::StagePlan& plan);

/// Of the daemon as a package, before the packages: nothing of ours is left beside it. Pure.
void plan_no_container(const AesmContainerFacts& facts, engine::StagePlan& plan);

/// Of the daemon as a container: engine, image, no unit beside it, the container. `settings`: what it reads when it starts. Pure.
void plan_aesm_container(const AesmContainerFacts& facts, const std::vector<engine::Step>& settings, const engine::StageContext& context, engine::StagePlan& plan);

/// What the container is made from, with the files and device nodes as they are now.
Result<host::ContainerSpec> aesm_container_spec(const host::HostView& host, const profile::Settings& settings, const std::string& image_id);

/// Carries out the custom steps "image pin" and "container".
Result<engine::Remembered> apply_aesm_container(const engine::Custom& step, host::Host& host, const engine::StageContext& context);

}  // namespace cosigner::stages
