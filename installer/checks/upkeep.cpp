#include "installer/checks/upkeep.hpp"

#include <algorithm>
#include <map>

#include "apt/version_order.hpp"
#include "base/text.hpp"
#include "installer/checks/observing.hpp"
#include "installer/checks/texts.hpp"
#include "profile/this_platform.hpp"

namespace cosigner::checks {
namespace {

constexpr std::chrono::hours soon{24 * 90};
constexpr std::chrono::hours oldest_list{24 * 7};
constexpr std::size_t list_limit = 64u * 1024 * 1024;
constexpr std::size_t named_packages = 5;

/// Ubuntu Pro's own record of itself; world-readable.
bool has_joined(const host::HostView& host) {
  const std::string status = text_of(host, "/var/lib/ubuntu-advantage/status.json", 1024 * 1024);
  return status.find("\"attached\": true") != std::string::npos || status.find("\"attached\":true") != std::string::npos;
}

/// "security.example_ubuntu_dists_jammy-security_main_binary-amd64_Packages": apt's name of a list of a security archive.
bool is_security_list(std::string_view name) {
  constexpr std::string_view mark = "_dists_", end = "-security";
  const std::size_t suite = name.find(mark);
  if (suite == std::string_view::npos || name.find("_Packages") == std::string_view::npos) return false;
  const std::string_view rest = name.substr(suite + mark.size());
  const std::string_view word = rest.substr(0, rest.find('_'));
  return word.size() > end.size() && word.substr(word.size() - end.size()) == end;
}

bool is_plain(std::string_view name) {
  constexpr std::string_view end = "_Packages";
  return name.size() > end.size() && name.substr(name.size() - end.size()) == end;
}

/// Calls `each` with name and version of every package of an index. Hundreds of thousands of lines: only two kinds are looked at.
template <class Each>
void for_each_listed(std::string_view text, Each&& each) {
  constexpr std::string_view name_field = "Package: ", version_field = "Version: ";
  std::string_view name;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (text[at] == 'P' && text.compare(at, name_field.size(), name_field) == 0)
      name = text.substr(at + name_field.size(), end - at - name_field.size());
    else if (text[at] == 'V' && text.compare(at, version_field.size(), version_field) == 0 && !name.empty())
      each(name, text.substr(at + version_field.size(), end - at - version_field.size()));
    at = end + 1;
  }
}

struct SecurityLists {
  std::vector<std::string> names;
  bool is_packed = false;  // by apt's setting Acquire::GzipIndexes
  Time newest{};
};

Result<SecurityLists> security_lists(const host::HostView& host, const Path& folder) {
  SecurityLists out;
  for (const auto& name : TRY(host.files().list(folder))) {
    if (!is_security_list(name)) continue;
    if (!is_plain(name)) {
      out.is_packed = true;
      continue;
    }
    const auto stat = TRY(host.files().stat(folder / name));
    if (stat) out.newest = std::max(out.newest, stat->modified);
    out.names.push_back(name);
  }
  return out;
}

/// The packages whose installed version is older than the listed one, each once; nothing when no package is listed at all.
Result<std::optional<std::vector<std::string>>> waiting_packages(const host::HostView& host, const Path& folder,
                                                                 const std::vector<std::string>& lists) {
  const auto installed = TRY(host.packages().installed());
  std::vector<std::string> out;
  bool is_empty = true;
  for (const auto& list : lists) {
    const auto text = TRY(host.files().read(folder / list, list_limit));
    if (!text) continue;
    for_each_listed(*text, [&](std::string_view name, std::string_view version) {
      is_empty = false;
      const auto found = installed.find(std::string(name));
      if (found == installed.end() || found->second.status != "installed") return;
      if (apt::compare_versions(found->second.version, version) < 0) out.push_back(found->first);
    });
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  if (is_empty) return std::optional<std::vector<std::string>>();
  return std::optional(std::move(out));
}

/// Debian's packages of a library that this program links.
const std::vector<std::string>& packages_of(const std::string& library) {
  static const std::map<std::string, std::vector<std::string>> known = {{"libcurl", {"libcurl4", "libcurl4t64"}},
                                                                        {"openssl", {"libssl3", "libssl3t64"}},
                                                                        {"c-ares", {"libc-ares2", "libcares2"}},
                                                                        {"zlib", {"zlib1g"}}};
  static const std::vector<std::string> none;
  const auto found = known.find(library);
  return found == known.end() ? none : found->second;
}

/// OpenSSL keeps several series in repair at the same time: 3.5 is no fix of 3.0.
bool is_same_series(const std::string& library, std::string_view left, std::string_view right) {
  if (library != "openssl") return true;
  const auto series = [](std::string_view version) { return version.substr(0, version.rfind('.')); };
  return series(left) == series(right);
}

}  // namespace

Observation look_at_support(const host::HostView& host, const profile::Settings&) {
  const auto os = profile::read_os_release(host);
  if (!os) return unknown(os.error().message);
  const auto support = *os ? support_of((*os)->id + " " + (*os)->version) : std::nullopt;
  if (!support) return unknown("it is not known how long this system gets security updates");
  const Time now = host.clock().now();
  const bool is_over = now >= support->until;
  if (is_over && support->is_paid && now < support->longer && !has_joined(host)) {
    return warned("security updates for everybody ended on " + to_date(support->until) + "; until " + to_date(support->longer) +
                      " they are for machines of " + support->by,
                  remedy("os_join"));
  }
  const Time end = is_over ? support->longer : support->until;
  if (now >= end) return failed("security updates of this system ended on " + to_date(end), remedy("os_replace"));
  const std::string evidence =
      "security updates " + (is_over ? "of " + support->by + " " : std::string()) + "until " + to_date(end);
  if (end - now < soon) return warned(evidence, remedy("os_plan"));
  return passed(evidence);
}

Observation look_at_waiting_updates(const host::HostView& host, const profile::Settings&) {
  const Path folder = "/var/lib/apt/lists";
  const auto lists = security_lists(host, folder);
  if (!lists) return unknown(lists.error().message);
  if (lists->names.empty())
    return unknown(lists->is_packed ? "apt keeps its lists packed here (Acquire::GzipIndexes)"
                                    : "apt has no list of a security archive of this system");
  const auto compared = waiting_packages(host, folder, lists->names);
  if (!compared) return unknown(compared.error().message);
  if (!*compared) return unknown("apt's lists of the security archive are empty here");
  const std::vector<std::string>& waiting = **compared;
  const std::string date = to_date(lists->newest);
  if (!waiting.empty()) {
    std::vector<std::string> named(waiting);
    if (named.size() > named_packages) named.resize(named_packages);
    if (named.size() < waiting.size()) named.emplace_back("…");
    return warned(counted(static_cast<long long>(waiting.size()), "security update") + " of the lists of " + date +
                      " not installed: " + safe(joined(named, ", "), 200),
                  remedy("os_upgrade"));
  }
  if (host.clock().now() - lists->newest > oldest_list)
    return warned("the newest list of security updates is of " + date, remedy("apt_update"));
  return passed("no security update of the lists of " + date + " waits");
}

Observation look_at_libraries(const host::HostView& host, const Libraries& linked) {
  if (linked.empty()) return unknown("it is not told what this program was linked with");
  const auto installed = host.packages().installed();
  if (!installed) return unknown(installed.error().message);
  std::vector<std::string> newer;
  for (const auto& [library, version] : linked) {
    for (const auto& name : packages_of(library)) {
      const auto found = installed->find(name);
      if (found == installed->end() || found->second.status != "installed") continue;
      const std::string_view theirs = apt::upstream_numbers(found->second.version), ours = apt::upstream_numbers(version);
      if (is_same_series(library, ours, theirs) && apt::compare_versions(ours, theirs) < 0)
        newer.push_back(library + " " + std::string(ours) + ", where the system has " + safe(theirs, 40));
    }
  }
  if (newer.empty()) return passed("the system has no newer copy of what this program holds");
  return warned("inside this program: " + joined(newer, "; "), remedy("program_update"));
}

}  // namespace cosigner::checks
