// The states of all units that any look asks for, by one question: each question costs a child process.
#pragma once

#include <string>

#include "base/result.hpp"
#include "host/host.hpp"
#include "profile/settings.hpp"

namespace cosigner::checks {

inline constexpr const char* engine_unit = "docker.service";

/// Fails as ServicesView::states does.
Result<host::UnitState> unit_of(const host::HostView& host, const profile::Settings& settings, const std::string& name);

}  // namespace cosigner::checks
