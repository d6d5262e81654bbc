#include "host/posix/posix_accounts.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/untrusted.hpp"
#include "host/posix/account_files.hpp"
#include "host/posix/child.hpp"
#include "host/posix/posix_files.hpp"

namespace cosigner::host {
namespace {

constexpr std::size_t file_limit = 16 * 1024 * 1024;

template <class T, class Test>
std::optional<T> first_of(const std::vector<T>& all, Test&& test) {
  const auto found = std::find_if(all.begin(), all.end(), test);
  return found == all.end() ? std::nullopt : std::optional<T>(*found);
}

Result<std::vector<User>> users_of(const PathWalker& walker) {
  const std::optional<std::string> text = TRY(PosixFiles(walker).read(Path("/etc/passwd"), file_limit));
  return parse_passwd(text.value_or(""));
}

Error failed(const std::string& why) {
  return make_error("accounts.failed", why, "Look at /etc/passwd and /etc/group and run again.");
}

}  // namespace

Result<std::optional<User>> PosixAccounts::user(const std::string& name) const {
  return first_of(TRY(users_of(walker_)), [&](const User& user) { return user.name == name; });
}

Result<std::optional<User>> PosixAccounts::user_by_id(std::uint32_t uid) const {
  return first_of(TRY(users_of(walker_)), [&](const User& user) { return user.uid == uid; });
}

Result<std::optional<Group>> PosixAccounts::group(const std::string& name) const {
  const std::optional<std::string> text = TRY(PosixFiles(walker_).read(Path("/etc/group"), file_limit));
  return first_of(parse_group(text.value_or("")), [&](const Group& group) { return group.name == name; });
}

Result<std::optional<Group>> PosixAccounts::group_by_id(std::uint32_t gid) const {
  const std::optional<std::string> text = TRY(PosixFiles(walker_).read(Path("/etc/group"), file_limit));
  return first_of(parse_group(text.value_or("")), [&](const Group& group) { return group.gid == gid; });
}

Status PosixAccounts::run(const std::vector<std::string>& argv, const std::string& doing) const {
  if (!walker_.is_whole_machine()) return failed("accounts are not changed below another root directory");
  ChildRequest request;
  request.argv = argv;
  const ChildResult result = TRY(run_child(request, cancel_));
  if (result.exit_code == 0) return {};
  return failed("could not " + doing + ": " + shown(Untrusted(std::string(trimmed(result.err))), 200));
}

Status PosixAccounts::add_system_group(const std::string& name) {
  if (!is_account_name(name)) return failed(shown(Untrusted(name), 60) + " is no name of a group");
  if (TRY(group(name))) return {};
  return run({"/usr/sbin/groupadd", "--system", name}, "add the group " + name);
}

Status PosixAccounts::add_member(const std::string& user_name, const std::string& group_name) {
  const std::optional<Group> wanted = TRY(group(group_name));
  if (!wanted) return failed("there is no group " + shown(Untrusted(group_name), 60));
  if (!TRY(user(user_name))) return failed("there is no user " + shown(Untrusted(user_name), 60));
  if (std::find(wanted->members.begin(), wanted->members.end(), user_name) != wanted->members.end()) return {};
  return run({"/usr/sbin/usermod", "--append", "--groups", group_name, user_name},
             "add " + user_name + " to the group " + group_name);
}

}  // namespace cosigner::host
