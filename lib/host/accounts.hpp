// Users and groups, parsed from the files: a static program must not load name service modules.
// Errors: `accounts.failed`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace cosigner::host {

struct User {
  std::string name;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string home;
};

struct Group {
  std::string name;
  std::uint32_t gid = 0;
  std::vector<std::string> members;
};

class AccountsView {
 public:
  virtual ~AccountsView() = default;
  virtual Result<std::optional<User>> user(const std::string& name) const = 0;
  virtual Result<std::optional<User>> user_by_id(std::uint32_t uid) const = 0;
  virtual Result<std::optional<Group>> group(const std::string& name) const = 0;
  virtual Result<std::optional<Group>> group_by_id(std::uint32_t gid) const = 0;
};

class Accounts : public virtual AccountsView {
 public:
  virtual Status add_system_group(const std::string& name) = 0;
  virtual Status add_member(const std::string& user, const std::string& group) = 0;
};

}  // namespace cosigner::host
