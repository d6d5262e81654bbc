// A stage decides: probe (reads only) and plan (pure) give steps; an empty plan from a fresh probe is the only meaning of "done".
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "engine/step.hpp"
#include "host/host.hpp"
#include "profile/settings.hpp"
#include "report/finding.hpp"
#include "state/ledger.hpp"

namespace cosigner::engine {

/// What a stage may know besides the machine.
struct StageContext {
  const profile::Settings& settings;
  const state::Ledger& ledger;
  std::string credentials_directory;  // systemd's, for {"credential":…} references
};

struct StagePlan {
  std::vector<report::Finding> findings;  // what was seen
  std::vector<Step> steps;
  std::optional<Error> blocked;  // this stage cannot go on; the run ends with this error's exit code
  std::optional<Error> waiting;  // a human is needed first; what comes before is converged
  bool continues = false;        // more will be planned once these steps are done (what they bring decides it)

  bool converged() const { return steps.empty() && !blocked && !waiting; }
};

/// What a custom step leaves to be remembered with its outcome.
using Remembered = std::map<std::string, std::string>;

class Stage {
 public:
  virtual ~Stage() = default;
  virtual std::string id() const = 0;
  virtual std::string title() const = 0;
  /// Probe and plan. Reads only; a failure to look is an Error (of the run), a machine that is not right is a plan.
  virtual Result<StagePlan> look(const host::HostView& host, const StageContext& context) const = 0;
  /// Carries out one of this stage's own Custom steps; must be harmless when it was done before.
  virtual Result<Remembered> apply(const Custom& step, host::Host& host, const StageContext& context, const host::ProgressSink& progress) const;
};

}  // namespace cosigner::engine
