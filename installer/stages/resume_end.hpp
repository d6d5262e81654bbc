// The end of a run and what a reboot needed: it goes when nothing is left to go on with, and is held to the run's answers until then.
//
// A second power cut, or a mirror that is down for a minute after the boot, must leave the unit, so that the next boot goes on. It is a
// stage of no profile: the command runs it after the others, when it has something to do.
#pragma once

#include <memory>

#include "engine/stage.hpp"
#include "report/exit_codes.hpp"

namespace cosigner::stages {

/// Done, waiting for a human, or refused for a reason that no repetition cures.
bool ends_resuming(report::ExitCode code);

/// `is_over`: unit, copies and notes go (unless this run went less far than the unit's would). Otherwise, while a reboot is asked for,
/// answers and profile are left as this run had them.
std::unique_ptr<engine::Stage> make_resume_end_stage(bool is_over);

}  // namespace cosigner::stages
