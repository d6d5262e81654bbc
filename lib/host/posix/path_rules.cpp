#include "host/posix/path_rules.hpp"

#include "base/text.hpp"

namespace cosigner::host {

bool is_fixed_prefix(const Path& place) {
  return place.parent() == Path("/") || place == Path("/var/run") || place == Path("/var/lib") || place == Path("/var/log");
}

bool may_be_group_writable(const Path& place) { return place == Path("/var/log"); }

std::string distrust_of(const Path& place, const FileAttributes& directory, const Trust& trust) {
  if (!trust.trusts(directory.owner.uid)) return "belongs to user " + std::to_string(directory.owner.uid);
  const std::uint32_t forbidden = may_be_group_writable(place) ? 0002u : 0022u;
  if ((directory.mode.bits & forbidden) != 0) return "is writable by other users";
  return {};
}

std::vector<std::string> parts_of(const Path& path) {
  std::vector<std::string> parts;
  for (const std::string_view part : split(path.text(), '/'))
    if (!part.empty()) parts.emplace_back(part);
  return parts;
}

Path link_target(const Path& link, const std::string& target) {
  const bool absolute = !target.empty() && target.front() == '/';
  const std::string whole = absolute ? target : link.parent().text() + "/" + target;
  std::vector<std::string> parts;
  for (const std::string_view part : split(whole, '/')) {
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.emplace_back(part);
    }
  }
  return Path("/" + joined(parts, "/"));
}

}  // namespace cosigner::host
