// Users and groups of the machine, read from its files and changed by the distribution's own programs.
#pragma once

#include "base/cancel.hpp"
#include "host/accounts.hpp"
#include "host/posix/path_walker.hpp"

namespace cosigner::host {

class PosixAccounts : public Accounts {
 public:
  /// `walker` must outlive this; `cancel` may be null. Below a --root folder nothing is executed (`accounts.failed`).
  PosixAccounts(const PathWalker& walker, const CancelToken* cancel) : walker_(walker), cancel_(cancel) {}

  Result<std::optional<User>> user(const std::string& name) const override;
  Result<std::optional<User>> user_by_id(std::uint32_t uid) const override;
  Result<std::optional<Group>> group(const std::string& name) const override;
  Result<std::optional<Group>> group_by_id(std::uint32_t gid) const override;
  Status add_system_group(const std::string& name) override;
  Status add_member(const std::string& user, const std::string& group) override;

 private:
  Status run(const std::vector<std::string>& argv, const std::string& doing) const;

  const PathWalker& walker_;
  const CancelToken* cancel_;
};

}  // namespace cosigner::host
