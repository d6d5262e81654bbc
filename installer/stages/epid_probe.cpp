#include <algorithm>
#include <set>

#include "apt/deb822.hpp"
#include "base/text.hpp"
#include "host/unit_names.hpp"
#include "installer/stages/aesm_container.hpp"
#include "installer/stages/epid.hpp"

namespace cosigner::stages {
namespace {

constexpr std::size_t status_limit = 16u * 1024 * 1024;
const Path data_folder = "/var/opt/aesmd/data";

/// What a daemon with EPID makes there (its table of persistent files, release 2.17), and the white list that the packages' scripts copy there.
constexpr const char* blob_names[] = {"epid_data.blob", "endpoint_selection_info.blob", "active_extended_epid_group_id", "white_list_cert.bin", "white_list_cert_to_be_verify.bin"};

bool is_installed(const std::map<std::string, host::Package>& packages, const std::string& name) {
  const auto found = packages.find(name);
  return found != packages.end() && found->second.status == "installed";
}

/// "a (>= 1) | b:any" → a, b.
std::vector<std::string> alternatives_of(std::string_view group) {
  std::vector<std::string> names;
  for (const std::string_view each : split(group, '|')) {
    const std::string_view bare = trimmed(each);
    names.emplace_back(bare.substr(0, bare.find_first_of(" (:\n")));
  }
  return names;
}

struct InstalledPackage {
  std::string name;
  std::vector<std::vector<std::string>> needs;  // each: alternatives
};

Result<std::vector<InstalledPackage>> installed_packages(std::string_view status) {
  std::vector<InstalledPackage> out;
  for (const auto& paragraph : TRY(apt::parse_deb822(status))) {
    if (paragraph.value("Status").find(" installed") == std::string::npos) continue;
    InstalledPackage package;
    package.name = paragraph.value("Package");
    for (const char* field : {"Depends", "Pre-Depends"}) {
      const std::string value = paragraph.value(field);
      if (value.empty()) continue;
      for (const std::string_view group : split(value, ',')) package.needs.push_back(alternatives_of(group));
    }
    out.push_back(std::move(package));
  }
  return out;
}

std::vector<Path> find_blobs(const host::HostView& host) {
  std::vector<Path> out;
  const auto names = host.files().list(data_folder);  // root's and the daemon's alone; another user's plan does not show them
  if (!names) return out;
  for (const char* name : blob_names)
    if (std::find(names->begin(), names->end(), name) != names->end()) out.push_back(data_folder / name);
  return out;
}

Status look_for_packages(const host::HostView& host, const engine::StageContext& context, EpidFacts& facts) {
  const auto packages = TRY(host.packages().installed());
  std::vector<std::string> there;
  std::vector<std::string> absent;
  for (const auto& name : context.settings.profile.packages.sgx_epid) (is_installed(packages, name) ? there : absent).push_back(name);
  if (!context.settings.answers.legacy_epid) {
    if (there.empty()) return {};
    const auto status = TRY(host.files().read("/var/lib/dpkg/status", status_limit));
    facts.needed = TRY(needed_by_others(status.value_or(std::string()), there));
    for (const auto& name : there)
      if (facts.needed.count(name) == 0) facts.removable.push_back(name);
    return {};
  }
  if (absent.empty() || is_container_wanted(context.settings) || context.settings.profile.packages.sgx.empty()) return {};
  // Before the package source is there nothing can be said about what it offers.
  if (!TRY(host.packages().candidate(context.settings.profile.packages.sgx.front()))) return {};
  for (const auto& name : absent)
    if (!TRY(host.packages().candidate(name))) facts.unoffered.push_back(name);
  return {};
}

Status look_at_units(const host::HostView& host, const engine::StageContext& context, EpidFacts& facts) {
  std::vector<std::string> names = facts.remembered;
  for (const auto& text : context.settings.answers.stop_units)
    if (const std::string name = host::unit_name(text); host::is_unit_name(name)) names.push_back(name);
  names.push_back(context.settings.profile.aesm_unit);
  facts.units = TRY(host.services().states(names));
  facts.daemon = facts.units[context.settings.profile.aesm_unit];
  return {};
}

}  // namespace

Result<std::map<std::string, std::string>> needed_by_others(std::string_view dpkg_status, const std::vector<std::string>& candidates) {
  const auto packages = TRY(installed_packages(dpkg_status));
  std::set<std::string> staying;
  for (const auto& package : packages) staying.insert(package.name);
  for (const auto& name : candidates) staying.erase(name);
  std::map<std::string, std::string> needed;
  for (bool grows = true; grows;) {
    grows = false;
    for (const auto& package : packages) {
      if (staying.count(package.name) == 0) continue;
      for (const auto& alternatives : package.needs) {
        const bool is_met = std::any_of(alternatives.begin(), alternatives.end(), [&](const std::string& name) { return staying.count(name) != 0; });
        for (const auto& name : alternatives) {
          if (is_met || std::find(candidates.begin(), candidates.end(), name) == candidates.end()) continue;
          needed.emplace(name, package.name);
          staying.insert(name);
          grows = true;
        }
      }
    }
  }
  return needed;
}

Result<EpidFacts> probe_epid(const host::HostView& host, const engine::StageContext& context, const AesmSettingsFacts& settings) {
  EpidFacts facts;
  TRY(look_for_packages(host, context, facts));
  facts.blobs = find_blobs(host);
  facts.in_settings = sgx::names_epid(settings.text);
  const std::string remembered = context.ledger.value(stopped_units_name);
  if (!remembered.empty())
    for (const std::string_view unit : split(remembered, ' ')) facts.remembered.emplace_back(unit);
  const bool is_of_interest = !facts.remembered.empty() || !facts.removable.empty() || !facts.blobs.empty() || facts.in_settings;
  if (is_of_interest) TRY(look_at_units(host, context, facts));
  return facts;
}

}  // namespace cosigner::stages
