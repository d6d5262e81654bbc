// Users and groups of a MachineModel. Adding what is there already succeeds, as on the real host.
#pragma once

#include "kit/call_log.hpp"
#include "kit/model.hpp"

namespace cosigner::kit {

class FakeAccounts : public host::Accounts {
 public:
  FakeAccounts(MachineModel& model, CallLog& log) : model_(model), log_(log) {}

  Result<std::optional<host::User>> user(const std::string& name) const override;
  Result<std::optional<host::User>> user_by_id(std::uint32_t uid) const override;
  Result<std::optional<host::Group>> group(const std::string& name) const override;
  Result<std::optional<host::Group>> group_by_id(std::uint32_t gid) const override;
  Status add_system_group(const std::string& name) override;
  Status add_member(const std::string& user, const std::string& group) override;

 private:
  MachineModel& model_;
  CallLog& log_;
};

}  // namespace cosigner::kit
