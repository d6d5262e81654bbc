#include "pairing/device_list.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "pairing/token.hpp"

namespace cosigner::pairing {
namespace {

constexpr std::size_t line_limit = 4096;
constexpr std::size_t user_limit = 1000;

std::vector<std::string> fields_of(std::string_view line) {
  const bool bars = line.find('|') != std::string_view::npos;
  const bool tabs = line.find('\t') != std::string_view::npos;
  const std::string_view separator = bars ? "|" : tabs ? "\t" : "  ";
  std::vector<std::string> fields;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(separator), line.size());
    fields.emplace_back(trimmed(line.substr(0, end)));
    line.remove_prefix(std::min(end + separator.size(), line.size()));
    if (!bars && !tabs) line = trimmed(line);
  }
  return fields;
}

std::string without_dash(const std::string& field) { return field == "-" ? std::string() : field; }

}  // namespace

std::vector<PairedUser> parse_device_list(const Untrusted& output) {
  std::vector<PairedUser> users;
  for (const std::string_view line : lines_of(output.raw())) {
    if (line.size() > line_limit || users.size() >= user_limit) continue;
    const std::vector<std::string> fields = fields_of(line);
    const auto id = std::find_if(fields.begin(), fields.end(), [](const std::string& field) { return is_guid(field); });
    if (id == fields.end()) continue;
    const auto after = static_cast<std::size_t>(id - fields.begin()) + 1;
    PairedUser user;
    if (id != fields.begin()) user.workspace = Untrusted(fields.front());
    user.user_id = lower(*id);
    if (after < fields.size()) user.callback_url = Untrusted(without_dash(fields[after]));
    if (after + 1 < fields.size()) user.auth = Untrusted(without_dash(fields[after + 1]));
    users.push_back(std::move(user));
  }
  return users;
}

std::vector<std::string> user_ids(const std::vector<PairedUser>& users) {
  std::vector<std::string> ids;
  ids.reserve(users.size());
  for (const PairedUser& user : users) ids.push_back(user.user_id);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace cosigner::pairing
