// systemd units. Errors: `services.unavailable` (no systemd), `services.not_found`, `services.failed`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/untrusted.hpp"

namespace cosigner::host {

struct UnitState {
  bool found = false;
  std::string active;     // "active", "inactive", "failed", "activating" …
  std::string enabled;    // "enabled", "disabled", "static", "masked" …
  bool needs_reload = false;  // unit file changed on disk since systemd read it
  bool is_active() const { return active == "active"; }
  bool is_enabled() const { return enabled == "enabled" || enabled == "enabled-runtime" || enabled == "static"; }
  bool is_masked() const { return enabled == "masked" || enabled == "masked-runtime"; }
};

enum class UnitVerb { enable, disable, start, stop, restart, reload, unmask, daemon_reload };

class ServicesView {
 public:
  virtual ~ServicesView() = default;
  /// All units in one question (one child process); a unit that does not exist has `found == false`.
  virtual Result<std::map<std::string, UnitState>> states(const std::vector<std::string>& units) const = 0;
  /// The last `lines` messages of a unit in this boot (a child process); nothing when this user may not read them.
  virtual Result<std::optional<Untrusted>> log(const std::string& /*unit*/, int /*lines*/) const {
    return std::optional<Untrusted>();
  }
};

class Services : public virtual ServicesView {
 public:
  /// `unit` is empty for daemon_reload. Returns when systemd says that the job is done.
  virtual Status run(UnitVerb verb, const std::string& unit) = 0;
};

}  // namespace cosigner::host
