// Stage `service`: the main container is the wanted one, runs, and is healthy; a check after each boot alarms when it is not.
//
// Restart policy `always` plus our check unit (threats A5): after a reboot the engine starts the co-signer without asking, and the
// check tells whether it may be believed.
//
// `cosigner stop` is remembered: until `start` or `restart` the container is wanted absent, so that neither a later `setup` nor the engine
// after a reboot brings it back, and both `setup` and `status` say so.
//
// Errors: `service.unhealthy`, `callback.not_in_place`, `attest.verdict_missing`, `attest.verdict_other_image`, `attest.verdict_ended`,
// `image.not_pinned`, `engine.image_not_found`, `engine.container_differs`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attest/verdict.hpp"
#include "engine/stage.hpp"
#include "installer/stages/health.hpp"

namespace cosigner::stages {

struct CheckUnit {
  Path path;
  std::string name;
  std::string wanted;
  bool right = false;    // content and attributes
};

/// Ledger name of when the co-signer was stopped on purpose; without a value it is wanted running.
inline constexpr const char* stopped_at_name = "service.stopped_at";

struct ServiceFacts {
  bool paired = false;
  bool wanted_stopped = false;  // then only the container and the check units are looked at
  std::string stopped_at;       // ISO 8601, of the last `stop` that no `start` followed
  std::optional<Error> image_trouble;  // looked at only for a start that somebody asked for
  std::optional<attest::Verdict> verdict;
  bool callback_in_place = true;
  bool network = true;
  std::vector<std::string> differences;  // of an existing container
  HealthFacts health;
  std::vector<CheckUnit> units;
  bool timer_loaded = false;
  bool timer_enabled = false;
};

/// The image that the verdict is about is here and still has the pinned digest (threats R1): `engine.image_not_found`, `image.not_pinned`.
Status check_image(const host::HostView& host, const engine::StageContext& context, const attest::Verdict& verdict);

/// Starts the main container, and is the only place that does. Creates it when it is missing; one that is there must be the wanted one
/// (`engine.container_differs`). Refuses without a verdict for this very image.
Status start_cosigner(host::Host& host, const attest::Verdict& verdict, const host::ContainerSpec& spec);

/// `attest.verdict_other_image` or `attest.verdict_ended` when the verdict does not cover this start.
Status check_verdict(const attest::Verdict& verdict, const std::string& image_id, Time now);

Result<ServiceFacts> probe_service(const host::HostView& host, const engine::StageContext& context);
engine::StagePlan plan_service(const ServiceFacts& facts, const profile::Settings& settings, Time now);
std::unique_ptr<engine::Stage> make_service_stage();

}  // namespace cosigner::stages
