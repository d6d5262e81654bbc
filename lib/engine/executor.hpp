// Carries out one step: the only place where a plan touches the machine.
#pragma once

#include "engine/stage.hpp"

namespace cosigner::engine {

/// What the outcome record says besides "done".
struct StepOutcome {
  std::string ownership;
  std::string backup;  // where the previous file was kept
  Remembered remember;
};

/// Where previous versions of foreign files are kept.
inline const Path backup_directory = "/var/lib/cosigner/backup";

Result<StepOutcome> execute(const Step& step, const Stage& stage, host::Host& host, const StageContext& context, const host::ProgressSink& progress);

}  // namespace cosigner::engine
