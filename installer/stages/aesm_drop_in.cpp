// The addition to the daemon's unit: new systemd no longer lets PermissionsStartOnly run the pre-start commands as root (facts, section 6).
#include <algorithm>

#include "apt/version_order.hpp"
#include "base/text.hpp"
#include "installer/stages/aesm_settings.hpp"

namespace cosigner::stages {
namespace {

using engine::Disruption;
using engine::Step;

constexpr std::size_t unit_limit = 64 * 1024;
constexpr const char* first_line = "# Written by cosigner: these commands run as root, which this systemd wants to be said of each.\n";

/// Lines with their continuations joined, without comments.
std::vector<std::string> unit_lines(std::string_view text) {
  std::vector<std::string> out;
  bool goes_on = false;
  for (const std::string_view line : lines_of(text)) {
    const std::string_view bare = trimmed(line);
    if (!bare.empty() && (bare[0] == '#' || bare[0] == ';')) continue;
    const bool has_more = !bare.empty() && bare.back() == '\\';
    const std::string part(has_more ? bare.substr(0, bare.size() - 1) : bare);
    if (goes_on) out.back() += " " + part;
    else out.push_back(part);
    goes_on = has_more;
  }
  return out;
}

/// The value of "KEY = value"; nothing for another line.
std::optional<std::string> value_of(const std::string& line, std::string_view key) {
  const std::size_t equals = line.find('=');
  if (equals == std::string::npos || trimmed(std::string_view(line).substr(0, equals)) != key) return std::nullopt;
  return std::string(trimmed(std::string_view(line).substr(equals + 1)));
}

bool is_yes(const std::string& value) {
  const std::string word = lower(value);
  return word == "true" || word == "yes" || word == "1" || word == "on" || word == "y" || word == "t";
}

std::string as_root(const std::string& command) {
  const std::size_t start = command.find_first_not_of("@-:+!|");
  return command.substr(0, start).find('+') == std::string::npos ? "+" + command : command;
}

/// Of the unit as systemd finds it; a folder that is a link is not followed, and the one behind it is asked too.
std::string unit_text(const host::HostView& host, const std::string& unit) {
  for (const char* folder : {"/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"}) {
    const auto text = host.files().read(Path(folder) / unit, unit_limit);
    if (text && *text) return **text;
  }
  return {};
}

/// Somebody has done it in an addition of his own.
Result<bool> is_done_by_others(const host::HostView& host) {
  const Path folder = aesmd_drop_in_path.parent();
  for (const auto& name : TRY(host.files().list(folder))) {
    if (name == aesmd_drop_in_path.name()) continue;
    const auto text = host.files().read(folder / name, unit_limit);
    if (!text || !*text) continue;
    for (const auto& line : unit_lines(**text))
      if (const auto value = value_of(line, "ExecStartPre"); value && value->find('+') != std::string::npos) return true;
  }
  return false;
}

unsigned long long systemd_version(const std::map<std::string, host::Package>& packages) {
  const auto found = packages.find("systemd");
  if (found == packages.end() || found->second.status != "installed") return 0;
  const std::string_view numbers = apt::upstream_numbers(found->second.version);
  return parse_number(numbers.substr(0, numbers.find('.'))).value_or(0);
}

}  // namespace

std::optional<std::string> start_as_root(std::string_view unit) {
  bool relies = false;
  std::string commands;
  for (const auto& line : unit_lines(unit)) {
    if (const auto value = value_of(line, "PermissionsStartOnly")) relies = is_yes(*value);
    const auto command = value_of(line, "ExecStartPre");
    if (command && command->empty()) commands.clear();
    if (command && !command->empty()) commands += "ExecStartPre=" + as_root(*command) + "\n";
  }
  if (!relies || commands.empty()) return std::nullopt;
  return first_line + std::string("[Service]\nExecStartPre=\n") + commands;
}

Status probe_aesm_drop_in(const host::HostView& host, const engine::StageContext& context, AesmSettingsFacts& facts) {
  const profile::Profile& profile = context.settings.profile;
  facts.drop_in = TRY(host.files().read(aesmd_drop_in_path, unit_limit));
  const auto since = static_cast<unsigned long long>(std::max(profile.aesm_drop_in_from_systemd, 0));
  if (since == 0 || systemd_version(TRY(host.packages().installed())) < since) return {};
  if (!TRY(is_done_by_others(host))) facts.wanted_drop_in = start_as_root(unit_text(host, profile.aesm_unit));
  return {};
}

std::vector<Step> plan_aesm_drop_in(const AesmSettingsFacts& facts) {
  std::vector<Step> steps;
  const bool is_right = facts.drop_in == facts.wanted_drop_in;
  const bool is_foreign = facts.drop_in && facts.drop_in->rfind("# Written by cosigner", 0) != 0;
  if (!is_right && facts.wanted_drop_in) {
    steps.push_back({"daemon-start-folder", engine::MakeDirectory{aesmd_drop_in_path.parent(), {{0755}, {}}}, "systemd reads additions to the unit there.", "Removed when empty.", Disruption::none, true, "created"});
    steps.push_back({"daemon-start-rule", engine::WriteFile{aesmd_drop_in_path, *facts.wanted_drop_in, {{0644}, {}}, "unit", true, false},
                     "This systemd ignores PermissionsStartOnly, without which the daemon's folders are never made.", "Remove it.", Disruption::none, true, "created"});
  } else if (!is_right && !is_foreign) {
    steps.push_back({"daemon-start-rule", engine::RemoveEntry{aesmd_drop_in_path, false}, "The daemon's unit needs no addition.", "Nothing to undo.", Disruption::none, true, "removed"});
  }
  if (!steps.empty() || facts.needs_reload)
    steps.push_back({"daemon-reload", engine::UnitAction{host::UnitVerb::daemon_reload, ""}, "systemd reads the unit again.", "Nothing to undo.", Disruption::none, true, ""});
  return steps;
}

}  // namespace cosigner::stages
