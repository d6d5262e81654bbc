#include "engine/stage.hpp"

namespace cosigner::engine {

Result<Remembered> Stage::apply(const Custom& step, host::Host&, const StageContext&, const host::ProgressSink&) const {
  return make_error("internal.step_unknown", "stage " + id() + " planned a step that it cannot carry out: " + step.name,
                    "Report this as a bug; nothing was changed by the step.");
}

}  // namespace cosigner::engine
