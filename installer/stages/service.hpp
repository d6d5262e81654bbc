// Stage `service`: the main container is the wanted one, runs, and is healthy; a check after each boot alarms when it is not.
//
// Restart policy `always` plus our check unit (threats A5): after a reboot the engine starts the co-signer without asking, and the
// check tells whether it may be believed.
//
// Errors: `service.unhealthy`, `callback.not_in_place`, `attest.verdict_missing`, `attest.verdict_other_image`, `attest.verdict_ended`.
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

struct ServiceFacts {
  bool paired = false;
  std::optional<attest::Verdict> verdict;
  bool callback_in_place = true;
  bool network = true;
  std::vector<std::string> differences;  // of an existing container
  HealthFacts health;
  std::vector<CheckUnit> units;
  bool timer_loaded = false;
  bool timer_enabled = false;
};

/// Starts the main container, and is the only place that does. Creates it when it is missing. Refuses without a verdict for this very image.
Status start_cosigner(host::Host& host, const attest::Verdict& verdict, const host::ContainerSpec& spec);

/// `attest.verdict_other_image` or `attest.verdict_ended` when the verdict does not cover this start.
Status check_verdict(const attest::Verdict& verdict, const std::string& image_id, Time now);

Result<ServiceFacts> probe_service(const host::HostView& host, const engine::StageContext& context);
engine::StagePlan plan_service(const ServiceFacts& facts, const profile::Settings& settings, Time now);
std::unique_ptr<engine::Stage> make_service_stage();

}  // namespace cosigner::stages
