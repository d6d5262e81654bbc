// systemd on a MachineModel: jobs end at once, and what a unit does to the machine is the model's `started` and `stopped`.
#pragma once

#include "kit/call_log.hpp"
#include "kit/model.hpp"

namespace cosigner::kit {

class FakeServices : public host::Services {
 public:
  FakeServices(MachineModel& model, CallLog& log) : model_(model), log_(log) {}

  Result<std::map<std::string, host::UnitState>> states(const std::vector<std::string>& units) const override;
  Result<std::optional<Untrusted>> log(const std::string& unit, int lines) const override;
  Status run(host::UnitVerb verb, const std::string& unit) override;

 private:
  Status start(const std::string& unit);
  void stop(const std::string& unit);
  Status change(host::UnitVerb verb, const std::string& unit);

  MachineModel& model_;
  CallLog& log_;
};

}  // namespace cosigner::kit
