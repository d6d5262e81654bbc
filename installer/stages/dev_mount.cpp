#include "installer/stages/dev_mount.hpp"

#include <algorithm>

#include "base/shipped.hpp"
#include "base/text.hpp"

namespace cosigner::stages {
namespace {

using engine::Disruption;
using engine::Step;
using engine::UnitAction;
using host::UnitVerb;

const Path fstab_file = "/etc/fstab";
constexpr std::size_t fstab_limit = 256 * 1024;
constexpr std::size_t mount_field = 1, option_field = 3;  // fstab(5), counted from 0
constexpr const char* seen_name = "dev.noexec";           // in the ledger: an earlier run found it so
constexpr host::FileAttributes unit_attributes{{0644}, {}};

bool lists(const std::vector<std::string>& names, std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); }

std::vector<std::string> options_of(std::string_view text) {
  std::vector<std::string> out;
  for (const std::string_view option : split(text, ',')) out.emplace_back(option);
  return out;
}

/// Where each field of a line begins and ends.
std::vector<std::pair<std::size_t, std::size_t>> fields_of(std::string_view line) {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  std::size_t at = line.find_first_not_of(" \t");
  while (at != std::string_view::npos && line[at] != '#') {
    const std::size_t end = std::min(line.find_first_of(" \t", at), line.size());
    out.emplace_back(at, end);
    at = line.find_first_not_of(" \t", end);
  }
  return out;
}

struct DevLine {
  std::vector<std::string> options;
  std::size_t begin = 0, end = 0;  // of the options
};

std::optional<DevLine> dev_line(std::string_view line) {
  const auto fields = fields_of(line);
  const auto field = [&](std::size_t number) { return line.substr(fields[number].first, fields[number].second - fields[number].first); };
  if (fields.size() <= option_field || field(mount_field) != "/dev") return std::nullopt;
  return DevLine{options_of(field(option_field)), fields[option_field].first, fields[option_field].second};
}

std::string shipped_unit() {
  for (const ShippedFile& file : shipped_files()) {
    if (file.name == std::string("texts/") + dev_exec_unit) return std::string(file.bytes);
  }
  return {};
}

Status probe_fstab(const host::FilesView& files, DevMountFacts& facts) {
  const auto text = TRY(files.read(fstab_file, fstab_limit));
  if (!text) return {};
  facts.fstab = fstab_with_exec(*text);
  if (const auto stat = TRY(files.stat(fstab_file))) facts.fstab_attributes = stat->attributes;
  for (const std::string_view line : lines_of(*text)) facts.has_fstab_line = facts.has_fstab_line || dev_line(line).has_value();
  return {};
}

Status probe_units(const host::HostView& host, DevMountFacts& facts) {
  facts.unit_text = shipped_unit();
  const auto text = TRY(host.files().read(dev_exec_unit_file, fstab_limit));
  facts.is_own_unit_right = text && *text == facts.unit_text;
  auto states = TRY(host.services().states({intel_exec_unit, dev_exec_unit}));
  facts.intel_unit = states[intel_exec_unit];
  facts.own_unit = states[dev_exec_unit];
  return {};
}

constexpr const char* why = "Enclaves are mapped from the devices below /dev, which the next boot would mount without the right to execute.";

void plan_own_unit(const DevMountFacts& facts, std::vector<Step>& steps) {
  if (!facts.is_own_unit_right) steps.push_back({"dev-exec-unit", engine::WriteFile{dev_exec_unit_file, facts.unit_text, unit_attributes, "unit", true, false}, why, "Disable and remove it.", Disruption::none, true, "created"});
  if (!facts.is_own_unit_right || !facts.own_unit.found || facts.own_unit.needs_reload)
    steps.push_back({"dev-exec-reload", UnitAction{UnitVerb::daemon_reload, ""}, "systemd has to read the unit.", "Nothing to undo.", Disruption::none, true, ""});
  if (!facts.own_unit.is_enabled()) steps.push_back({"dev-exec-enable", UnitAction{UnitVerb::enable, dev_exec_unit}, why, "Disable it.", Disruption::none, true, "created"});
}

}  // namespace

std::optional<std::string> fstab_with_exec(const std::string& text) {
  std::string out;
  bool changed = false;
  for (const std::string_view line : lines_of(text)) {
    auto found = dev_line(line);
    if (!found || !lists(found->options, "noexec")) {
      out.append(line).append("\n");
      continue;
    }
    changed = true;
    auto& options = found->options;
    options.erase(std::remove(options.begin(), options.end(), "noexec"), options.end());
    if (!lists(options, "exec")) options.push_back("exec");
    out.append(line.substr(0, found->begin)).append(joined(options, ",")).append(line.substr(found->end)).append("\n");
  }
  return changed ? std::optional(out) : std::nullopt;
}

Result<DevMountFacts> probe_dev_mount(const host::HostView& host, const engine::StageContext& context) {
  DevMountFacts facts;
  const auto mount = TRY(host.files().mount_of("/dev/sgx_enclave"));
  if (lists(mount.options, "noexec")) facts.noexec = mount.point;
  TRY(probe_fstab(host.files(), facts));
  facts.is_noexec_at_boot = facts.noexec || facts.fstab || !context.ledger.value(seen_name).empty();
  if (facts.is_noexec_at_boot) TRY(probe_units(host, facts));
  return facts;
}

void plan_dev_mount(const DevMountFacts& facts, engine::StagePlan& plan) {
  if (!facts.noexec) return;
  const std::string point = facts.noexec->text();
  plan.findings.push_back({"sgx.dev_exec", "/dev allows to execute", report::Outcome::warn, point + " is mounted noexec: enclaves cannot be mapped", "", "", "", {"B12"}});
  plan.steps.push_back({"dev-exec", engine::Custom{"allow executing", {{"subject", point}, {"now", "mount -o remount,exec " + point}}}, "Enclaves are mapped from the devices below it, which needs the right to execute.",
                        "The next boot.", Disruption::none, true, ""});
}

void plan_dev_mount_kept(const DevMountFacts& facts, engine::StagePlan& plan) {
  if (!facts.is_noexec_at_boot) return;
  auto& steps = plan.steps;
  if (facts.fstab) {
    const bool is_closed = (facts.fstab_attributes.mode.bits & 0004) == 0;  // it may hold passwords of network mounts
    steps.push_back({"dev-exec-fstab", engine::WriteFile{fstab_file, *facts.fstab, facts.fstab_attributes, "file", true, is_closed}, why, "Put the previous file back.", Disruption::none, true, "created"});
  } else if (facts.has_fstab_line) {
    return;
  } else if (facts.intel_unit.found) {
    if (!facts.intel_unit.is_enabled()) steps.push_back({"dev-exec-enable", UnitAction{UnitVerb::enable, intel_exec_unit}, why, "Disable it.", Disruption::none, true, "created"});
  } else {
    plan_own_unit(facts, steps);
  }
}

Result<engine::Remembered> allow_executing(const engine::Custom& step, host::Host& host) {
  TRY(host.change_kernel().allow_executing(step.arguments.at("subject")));
  return engine::Remembered{{seen_name, "seen"}};
}

}  // namespace cosigner::stages
