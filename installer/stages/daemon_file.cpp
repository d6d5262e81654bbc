#include "installer/stages/daemon_file.hpp"

#include <algorithm>

#include "installer/stages/aesm_container.hpp"
#include "installer/stages/aesm_talk.hpp"

namespace cosigner::stages {
namespace {

constexpr std::uint32_t owner_reads = 0400, group_reads = 0040, all_read = 0004;
constexpr host::FileMode open_mode{0644}, group_mode{0640};

Result<bool> is_member(const host::HostView& host, const host::User& user, std::uint32_t gid) {
  if (user.gid == gid) return true;
  const auto group = TRY(host.accounts().group_by_id(gid));
  return group && std::find(group->members.begin(), group->members.end(), user.name) != group->members.end();
}

/// As the kernel decides: the owner's right where he is the owner, else the group's, else everybody's.
Result<bool> can_read(const host::HostView& host, const host::User& user, const host::FileAttributes& file) {
  if (file.owner.uid == user.uid) return (file.mode.bits & owner_reads) != 0;
  if (TRY(is_member(host, user, file.owner.gid))) return (file.mode.bits & group_reads) != 0;
  return (file.mode.bits & all_read) != 0;
}

}  // namespace

Result<DaemonFile> probe_daemon_file(const host::HostView& host, const profile::Settings& settings, const Path& path, bool is_secret) {
  DaemonFile out;
  const auto stat = TRY(host.files().stat(path));
  if (!stat || stat->kind != host::FileKind::regular) return out;
  out.now = stat->attributes;
  out.wanted = stat->attributes;
  const bool is_container = is_container_wanted(settings);
  const auto user = is_container ? std::nullopt : TRY(host.accounts().user(daemon_user));
  if (!is_container && !user) return out;  // its package brings the user, and the file is judged again
  const bool is_readable = user ? TRY(can_read(host, *user, stat->attributes)) : (stat->attributes.mode.bits & all_read) != 0;
  if (is_readable) return out;
  out.wanted.mode = is_secret && user ? group_mode : open_mode;
  if (is_secret && user) out.wanted.owner.gid = user->gid;
  return out;
}

engine::Step daemon_file_step(const std::string& id, const Path& path, const DaemonFile& file) {
  return {id, engine::SetAttributes{path, file.wanted}, "The daemon cannot read it, and goes by its defaults.", "Nothing to undo.", engine::Disruption::none, true, ""};
}

}  // namespace cosigner::stages
