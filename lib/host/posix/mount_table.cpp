#include "host/posix/mount_table.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace cosigner::host {
namespace {

/// Blanks, tabs, line feeds and backslashes are written as \ooo.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '7'; };
    if (text[i] == '\\' && digit(i + 1) && digit(i + 2) && digit(i + 3)) {
      const int value = (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0');
      out += static_cast<char>(value);
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

std::vector<Mount> parse_mountinfo(std::string_view text) {
  std::vector<Mount> mounts;
  for (const std::string_view line : lines_of(text)) {
    const std::vector<std::string_view> fields = split(line, ' ');
    const auto dash = std::find(fields.begin(), fields.end(), "-");
    if (fields.size() < 10 || dash - fields.begin() < 6 || fields.end() - dash < 4) continue;
    Mount mount{Path(unescaped(fields[4])), std::string(*(dash + 1)), {}};
    const std::vector<std::string_view> of_system = split(*(dash + 3), ',');
    const bool read_only = std::find(of_system.begin(), of_system.end(), "ro") != of_system.end();
    for (const std::string_view option : split(fields[5], ','))
      mount.options.emplace_back(read_only && option == "rw" ? "ro" : option);
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

Mount deepest_mount(const std::vector<Mount>& mounts, const Path& path) {
  Mount best{Path("/"), "", {}};
  for (const Mount& mount : mounts)
    if (path.is_within(mount.point) && mount.point.text().size() >= best.point.text().size()) best = mount;
  return best;
}

}  // namespace cosigner::host
