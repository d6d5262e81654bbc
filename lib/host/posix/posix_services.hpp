// systemd by its own program: one child a question, one a change.
#pragma once

#include "base/cancel.hpp"
#include "host/posix/path_walker.hpp"
#include "host/services.hpp"

namespace cosigner::host {

class PosixServices : public Services {
 public:
  /// `walker` must outlive this; `cancel` may be null. Below a --root folder there is no systemd (`services.unavailable`).
  PosixServices(const PathWalker& walker, const CancelToken* cancel) : walker_(walker), cancel_(cancel) {}

  Result<std::map<std::string, UnitState>> states(const std::vector<std::string>& units) const override;
  Result<std::optional<Untrusted>> log(const std::string& unit, int lines) const override;
  Status run(UnitVerb verb, const std::string& unit) override;

 private:
  Status require_systemd() const;

  const PathWalker& walker_;
  const CancelToken* cancel_;
};

}  // namespace cosigner::host
