#include "profile/this_platform.hpp"

#include "base/text.hpp"

namespace cosigner::profile {
namespace {

std::string unquoted(std::string_view value) {
  value = trimmed(value);
  if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front()) value = value.substr(1, value.size() - 2);
  return std::string(value);
}

}  // namespace

OsRelease parse_os_release(const std::string& text) {
  OsRelease out;
  for (const std::string_view line : lines_of(text)) {
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = trimmed(line.substr(0, equals));
    if (name == "ID") out.id = unquoted(line.substr(equals + 1));
    if (name == "VERSION_ID") out.version = unquoted(line.substr(equals + 1));
    if (name == "PRETTY_NAME") out.title = unquoted(line.substr(equals + 1));
  }
  return out;
}

Result<std::optional<OsRelease>> read_os_release(const host::HostView& host) {
  for (const char* place : {"/etc/os-release", "/usr/lib/os-release"}) {
    const auto stat = TRY(host.files().stat(place));
    if (!stat || stat->kind != host::FileKind::regular) continue;
    const auto text = TRY(host.files().read(place, 64 * 1024));
    if (text) return std::optional(parse_os_release(*text));
  }
  return std::optional<OsRelease>();
}

std::optional<Platform> find_platform(const Profile& profile, const OsRelease& os) {
  for (const auto& platform : profile.platforms) {
    if (platform.os_id == os.id && platform.os_version == os.version) return platform;
  }
  return std::nullopt;
}

std::string kernel_package(const Platform& platform, std::string_view release) {
  std::string best, package;
  for (const auto& [kind, name] : platform.kernels) {
    const std::string end = "-" + kind;
    const bool fits = release.size() > end.size() && release.substr(release.size() - end.size()) == end;
    if (!fits || kind.size() < best.size()) continue;
    best = kind;
    package = name;
  }
  return package;
}

std::string kernel_package(const Profile& profile, const host::HostView& host, std::string_view release) {
  const auto os = read_os_release(host);
  if (!os || !*os) return {};
  const auto platform = find_platform(profile, **os);
  return platform ? kernel_package(*platform, release) : std::string();
}

}  // namespace cosigner::profile
