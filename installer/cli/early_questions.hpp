// The questions before the first change: environment, registry login, download proxy, the plan, "go on?".
//
// Asked only when something is pending and only for what nobody gave. Fails with `run.cancelled` when the answer is no.
#pragma once

#include "engine/run.hpp"
#include "installer/cli/environment.hpp"
#include "installer/cli/invocation.hpp"
#include "installer/cli/prepare.hpp"
#include "state/journal.hpp"

namespace cosigner::cli {

Status ask_early(const Invocation& invocation, Environment& environment, Prepared& prepared, const state::Journal& journal);

}  // namespace cosigner::cli
