#include "installer/stages/security_updates.hpp"

#include <algorithm>
#include <array>

#include "apt/apt_settings.hpp"
#include "base/text.hpp"
#include "host/regular_text.hpp"

namespace cosigner::stages {
namespace {

using engine::Disruption;

constexpr std::size_t conf_limit = 64 * 1024;
const Path parts_folder = "/etc/apt/apt.conf.d";
const Path last_file = "/etc/apt/apt.conf";  // read after the folder

constexpr const char* upgrades_text =
    "// Written by cosigner setup (host.securityUpdates). What may be installed by itself stands in 50unattended-upgrades: by its maker's\n"
    "// default security updates of this system, and no reboot.\n"
    "APT::Periodic::Update-Package-Lists \"1\";\n"
    "APT::Periodic::Unattended-Upgrade \"1\";\n";

constexpr std::array<const char*, 2> switch_names{"apt::periodic::update-package-lists", "apt::periodic::unattended-upgrade"};

struct Switch {
  bool is_on = false;
  bool is_after_ours = false;
  std::string by;  // the file that said it last; empty: none does
};
using Switches = std::array<Switch, switch_names.size()>;

/// "1", "7", "1d" and "always"; apt's script takes 0 and what it cannot read for never.
bool is_on(const std::string& value) {
  if (value == "always") return true;
  const bool has_unit = !value.empty() && std::string_view("smhd").find(value.back()) != std::string_view::npos;
  const auto count = parse_number(std::string_view(value).substr(0, value.size() - (has_unit ? 1 : 0)));
  return count && *count > 0;
}

void fold(const std::string& text, const std::string& by, bool is_after_ours, Switches& into) {
  for (const auto& setting : apt::parse_apt_conf(text)) {
    for (std::size_t i = 0; i < into.size(); ++i)
      if (setting.name == switch_names.at(i)) into.at(i) = {is_on(setting.value), is_after_ours, by};
  }
}

bool are_on(const Switches& switches) {
  return std::all_of(switches.begin(), switches.end(), [](const Switch& each) { return each.is_on; });
}

/// As apt picks the files of a folder: plain characters, and no ending but ".conf".
bool is_read_by_apt(const std::string& name) {
  const bool is_plain = std::all_of(name.begin(), name.end(), [](unsigned char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.' || c == ':'; });
  const std::size_t dot = name.rfind('.');
  return is_plain && !name.empty() && name.front() != '.' && (dot == std::string::npos || name.substr(dot) == ".conf");
}

report::Finding warning(std::string evidence, std::string remedy) {
  return {"host.security_updates", "Security updates are installed by themselves", report::Outcome::warn, std::move(evidence), std::move(remedy), {}, {}};
}

}  // namespace

bool switches_updates_on(const std::string& apt_conf) {
  Switches switches;
  fold(apt_conf, upgrades_path.text(), false, switches);
  return are_on(switches);
}

Result<UpdateFacts> probe_security_updates(const host::HostView& host) {
  Switches switches;
  std::vector<std::string> names = TRY(host.files().list(parts_folder));
  std::sort(names.begin(), names.end());
  for (const auto& name : names)
    if (is_read_by_apt(name)) fold(TRY(host::regular_text(host.files(), parts_folder / name, conf_limit)), (parts_folder / name).text(), name > upgrades_path.name(), switches);
  fold(TRY(host::regular_text(host.files(), last_file, conf_limit)), last_file.text(), true, switches);

  UpdateFacts facts;
  facts.is_on = are_on(switches);
  facts.is_ours_on = switches_updates_on(TRY(host::regular_text(host.files(), upgrades_path, conf_limit)));
  for (const auto& each : switches)
    if (!each.is_on && each.is_after_ours && (facts.off_by.empty() || facts.off_by.back() != each.by)) facts.off_by.push_back(each.by);
  for (const auto& [timer, state] : TRY(host.services().states({"apt-daily.timer", "apt-daily-upgrade.timer"})))
    if (state.found && !state.is_enabled()) facts.stopped_timers.push_back(timer);
  return facts;
}

void plan_security_updates(const UpdateFacts& facts, engine::StagePlan& plan) {
  if (!facts.off_by.empty())
    plan.findings.push_back(warning(joined(facts.off_by, " and ") + " switches them off, and is read after " + upgrades_path.text(), "Take APT::Periodic out of " + joined(facts.off_by, " and ") + ", or host.securityUpdates out of the answers."));
  if (!facts.stopped_timers.empty())
    plan.findings.push_back(warning(joined(facts.stopped_timers, " and ") + " is masked or disabled, so that apt never does it",
                                    "Run `systemctl unmask " + joined(facts.stopped_timers, " ") + "` and `systemctl enable --now " + joined(facts.stopped_timers, " ") + "`."));
  if (facts.is_on || facts.is_ours_on) return;
  plan.steps.push_back({"security-updates-on", engine::WriteFile{upgrades_path, upgrades_text, {{0644}, {}}, "file", true, false}, "Lists are fetched and security updates installed every day.", "Put the previous file back.", Disruption::none, true, "created"});
}

}  // namespace cosigner::stages
