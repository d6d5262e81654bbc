#include "host/posix/account_files.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace cosigner::host {
namespace {

std::optional<std::uint32_t> parse_id(std::string_view text) {
  const auto number = parse_number(text);
  if (!number || *number > 0xFFFFFFFFull) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

bool is_local_name(std::string_view name) { return !name.empty() && name[0] != '+' && name[0] != '-' && name[0] != '#'; }

}  // namespace

std::vector<User> parse_passwd(std::string_view text) {
  std::vector<User> users;
  for (const std::string_view line : lines_of(text)) {
    const std::vector<std::string_view> fields = split(line, ':');
    if (fields.size() != 7 || !is_local_name(fields[0])) continue;
    const auto uid = parse_id(fields[2]);
    const auto gid = parse_id(fields[3]);
    if (uid && gid) users.push_back(User{std::string(fields[0]), *uid, *gid, std::string(fields[5])});
  }
  return users;
}

std::vector<Group> parse_group(std::string_view text) {
  std::vector<Group> groups;
  for (const std::string_view line : lines_of(text)) {
    const std::vector<std::string_view> fields = split(line, ':');
    if (fields.size() != 4 || !is_local_name(fields[0])) continue;
    const auto gid = parse_id(fields[2]);
    if (!gid) continue;
    Group group{std::string(fields[0]), *gid, {}};
    for (const std::string_view member : split(fields[3], ','))
      if (!trimmed(member).empty()) group.members.emplace_back(trimmed(member));
    groups.push_back(std::move(group));
  }
  return groups;
}

bool is_account_name(const std::string& name) {
  const auto first = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  const auto later = [&](char c) { return first(c) || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && name.size() <= 32 && first(name[0]) && std::all_of(name.begin(), name.end(), later);
}

}  // namespace cosigner::host
