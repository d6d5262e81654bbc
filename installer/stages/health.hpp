// Whether the running co-signer is healthy (contracts, section 6): up for 15 s since its last start, no FATAL line since then, the
// paired user named by --list-devices, contact with the gateway seen. Pure judging of what was seen.
//
// Error: `service.unhealthy`, with a known log line explained.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/untrusted.hpp"
#include "engine/stage.hpp"
#include "host/containers.hpp"
#include "report/finding.hpp"

namespace cosigner::stages {

inline constexpr std::chrono::seconds settling_time{15};

enum class HealthState { absent, stopped, settling, healthy, unhealthy };

struct HealthFacts {
  std::optional<host::Container> container;
  Untrusted log;                            // since its last start
  std::optional<host::ExecOutput> devices;  // the answer to --list-devices; asked only when everything else is well
  std::vector<std::string> users;           // who has to be named
  std::string gateway;
  std::string last_callback_url;  // of the first user; empty: unknown
  std::chrono::seconds patience{900};  // how long contact may take after a start
};

struct Health {
  HealthState state = HealthState::absent;
  std::vector<report::Finding> findings;
  std::optional<Error> error;  // of `unhealthy`
};

/// True when the log names contact with the gateway.
bool has_contact(const Untrusted& log, const std::string& gateway);

/// One look: inspect, log and, when these are well, the one question to the container.
Result<HealthFacts> probe_health(const host::HostView& host, const engine::StageContext& context);
Health judge_health(const HealthFacts& facts, Time now);

/// Looks until healthy or hopeless; sleeps in between. `id`: the container that was started, which must stay the same with its restart count.
Status await_health(host::Host& host, const engine::StageContext& context, const host::ProgressSink& progress);

}  // namespace cosigner::stages
