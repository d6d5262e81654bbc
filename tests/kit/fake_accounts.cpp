#include "kit/fake_accounts.hpp"

#include <algorithm>

namespace cosigner::kit {

Result<std::optional<host::User>> FakeAccounts::user(const std::string& name) const {
  const auto found = model_.users.find(name);
  if (found == model_.users.end()) return std::optional<host::User>();
  return std::optional(found->second);
}

Result<std::optional<host::User>> FakeAccounts::user_by_id(std::uint32_t uid) const {
  for (const auto& [name, user] : model_.users)
    if (user.uid == uid) return std::optional(user);
  return std::optional<host::User>();
}

Result<std::optional<host::Group>> FakeAccounts::group(const std::string& name) const {
  const auto found = model_.groups.find(name);
  if (found == model_.groups.end()) return std::optional<host::Group>();
  return std::optional(found->second);
}

Result<std::optional<host::Group>> FakeAccounts::group_by_id(std::uint32_t gid) const {
  for (const auto& [name, group] : model_.groups) {
    if (group.gid == gid) return std::optional(group);
  }
  return std::optional<host::Group>();
}

Status FakeAccounts::add_system_group(const std::string& name) {
  return log_.write<void>("accounts.add_system_group", name, [&]() -> Status {
    if (model_.groups.count(name) != 0) return {};
    std::uint32_t gid = 999;  // login.defs: system groups are given from 999 down
    for (const auto& [other, group] : model_.groups)
      if (group.gid <= 999 && group.gid > 100) gid = std::min(gid, group.gid - 1);
    model_.groups[name] = host::Group{name, gid, {}};
    return {};
  });
}

Status FakeAccounts::add_member(const std::string& user, const std::string& group) {
  return log_.write<void>("accounts.add_member", user + " " + group, [&]() -> Status {
    const auto found = model_.groups.find(group);
    if (found == model_.groups.end()) return make_error("accounts.failed", "there is no group " + group);
    if (model_.users.count(user) == 0) return make_error("accounts.failed", "there is no user " + user);
    std::vector<std::string>& members = found->second.members;
    if (std::find(members.begin(), members.end(), user) == members.end()) members.push_back(user);
    return {};
  });
}

}  // namespace cosigner::kit
