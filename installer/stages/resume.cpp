#include "installer/stages/resume.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/shipped.hpp"
#include "base/text.hpp"
#include "config/generated_config.hpp"
#include "installer/stages/own_place.hpp"
#include "installer/stages/surviving_answers.hpp"
#include "profile/answers_writer.hpp"

namespace cosigner::stages {
namespace {

using engine::Step;
using engine::UnitAction;
using host::UnitVerb;

constexpr host::FileAttributes unit_attributes{{0644}, {}};
constexpr host::FileAttributes private_attributes{{0600}, {}};
constexpr const char* arguments_mark = "@ARGUMENTS@";
/// Shadowed by the file in /etc, and empty after a boot.
const Path passing_unit_file = "/run/systemd/system/cosigner-resume.service";

const char* word_of(RebootReason reason) { return reason == RebootReason::kernel ? "kernel" : "driver"; }

bool is_digest(const std::string& text) {
  return text.size() == 71 && text.rfind("sha256:", 0) == 0 && text.find_first_not_of("0123456789abcdef", 7) == std::string::npos;
}

/// The flags of this run that are no answers and still count after the reboot.
std::string arguments_of(const profile::Settings& settings) {
  std::string text;
  if (!settings.until.empty()) text += " --until " + settings.until;
  if (!settings.max_disruption.empty()) text += " --max-disruption " + settings.max_disruption;
  if (settings.reboot) text += " --reboot";
  for (const auto& digest : settings.accepted_digests) {
    if (is_digest(digest)) text += " --accept-digest " + digest;
  }
  return text;
}

std::string unit_text(const profile::Settings& settings) {
  for (const ShippedFile& file : shipped_files()) {
    if (file.name != std::string("texts/") + resume_unit) continue;
    std::string text(file.bytes);
    text.replace(text.find(arguments_mark), std::string_view(arguments_mark).size(), arguments_of(settings));
    return text;
  }
  return {};
}

void read_asked(const state::Ledger& ledger, ResumeFacts& facts) {
  const std::string asked = ledger.value(reboot_asked_name);
  const std::size_t blank = asked.find(' ');
  if (blank == std::string::npos) return;
  facts.asked_boot = asked.substr(0, blank);
  facts.asked_why = asked.substr(blank + 1);
}

Status probe_unit(const host::HostView& host, ResumeFacts& facts) {
  const auto stat = TRY(host.files().stat(resume_unit_file));
  facts.is_unit_there = stat.has_value();
  if (!stat) return {};
  const auto text = stat->kind == host::FileKind::regular ? TRY(host.files().read(resume_unit_file)) : std::nullopt;
  facts.is_unit_right = text && *text == facts.unit_text && stat->attributes == unit_attributes;
  auto states = TRY(host.services().states({resume_unit}));
  facts.unit = states[resume_unit];
  return {};
}

/// Right also where this user may not look: only root's run asks for a reboot.
bool holds(const host::FilesView& files, const Path& path, const std::string& text) {
  const auto found = files.read(path);
  return !found || (*found && **found == text);
}

Status probe_left(const host::HostView& host, const engine::StageContext& context, ResumeFacts& facts) {
  const profile::Settings& settings = context.settings;
  SurvivingAnswers surviving = surviving_answers(settings, host);
  facts.lost = std::move(surviving.lost);
  facts.answers_text = TRY(config::write_config(profile::write_answers(surviving.answers), config::Generated{}));
  facts.are_answers_left = holds(host.files(), answers_snapshot, facts.answers_text);
  facts.is_profile_left = settings.profile_text.empty() || holds(host.files(), profile_snapshot, settings.profile_text);
  facts.is_profile_noted = settings.profile_text.empty() || context.ledger.value(reboot_profile_name) == profile_note(settings);
  return {};
}

Step step_of(std::string id, engine::Payload payload, std::string why, std::string undo) {
  Step step{std::move(id), std::move(payload), std::move(why), std::move(undo)};
  step.ownership = "";
  return step;
}

void plan_left(const ResumeFacts& facts, const profile::Settings& settings, std::vector<Step>& steps) {
  if (!facts.are_answers_left) {
    steps.push_back(step_of("resume-answers", engine::WriteFile{answers_snapshot, facts.answers_text, private_attributes, "answers", false, true},
                            "The run after the reboot needs what this one was asked for; no secret is in it.", "Remove it."));
  }
  if (!facts.is_profile_left) {
    steps.push_back(step_of("resume-profile", engine::WriteFile{profile_snapshot, settings.profile_text, private_attributes, "profile", false, false},
                            "The run after the reboot needs the profile, also when its file is gone or is not root's.", "Remove it."));
  }
  if (!facts.is_profile_noted) {
    steps.push_back(step_of("resume-profile-noted", engine::Remember{reboot_profile_name, profile_note(settings)}, "Only these very bytes are believed afterwards.", "none"));
  }
}

void plan_unit(const ResumeFacts& facts, std::vector<Step>& steps) {
  if (!facts.is_unit_right) {
    steps.push_back(step_of("resume-unit", engine::WriteFile{resume_unit_file, facts.unit_text, unit_attributes, "unit", true, false},
                            "Set-up goes on by itself after the reboot, by the installed copy of this program.", "Disable and remove it."));
    steps.back().ownership = "created";
  }
  if (!facts.is_unit_right || !facts.unit.found || facts.unit.needs_reload)
    steps.push_back(step_of("resume-reload", UnitAction{UnitVerb::daemon_reload, ""}, "systemd has to read the unit.", "none"));
  if (!facts.is_unit_there || !facts.unit.is_enabled())
    steps.push_back(step_of("resume-enable", UnitAction{UnitVerb::enable, resume_unit}, "It has to start with the machine.", "Disable it."));
}

}  // namespace

Result<ResumeFacts> probe_resume(const host::HostView& host, const engine::StageContext& context, bool is_reboot_coming) {
  ResumeFacts facts;
  facts.boot_id = host.clock().boot_id();
  facts.unit_text = unit_text(context.settings);
  read_asked(context.ledger, facts);
  TRY(probe_unit(host, facts));
  if (is_reboot_coming) TRY(probe_left(host, context, facts));
  return facts;
}

bool was_rebooted_for(const ResumeFacts& facts, RebootReason reason) {
  return !facts.asked_boot.empty() && facts.asked_boot != facts.boot_id && facts.asked_why == word_of(reason);
}

void tell_what_is_lost(const ResumeFacts& facts, engine::StagePlan& plan) {
  if (facts.lost.empty()) return;
  plan.findings.push_back({"reboot.answers", "What was answered is there after the reboot", report::Outcome::warn, "a reboot is coming, after which these are gone: " + joined(facts.lost, "; "),
                           "Give them as files of root's that stay, or again when the run after the reboot waits for them.", "", ""});
}

void plan_reboot(const ResumeFacts& facts, RebootReason reason, const std::string& why, const engine::StageContext& context, engine::StagePlan& plan) {
  plan_left(facts, context.settings, plan.steps);
  plan_unit(facts, plan.steps);
  const std::string asked = facts.boot_id + " " + word_of(reason);
  if (context.ledger.value(reboot_asked_name) != asked)
    plan.steps.push_back(step_of("resume-asked", engine::Remember{reboot_asked_name, asked}, "The run after the reboot has to know whether it happened.", "none"));
  std::string message = why + "; after a reboot set-up goes on by itself (" + resume_unit + ", to be followed with `journalctl -fu cosigner-resume`)";
  if (!facts.lost.empty()) message += "; not kept until then: " + joined(facts.lost, "; ");
  plan.waiting = make_error("reboot.needed", message, "Reboot: `sudo systemctl reboot`.");
}

void plan_resumed(const ResumeFacts& facts, engine::StagePlan& plan) {
  auto& steps = plan.steps;
  const std::string why = "What the reboot was for is there.";
  if (facts.is_unit_there) {
    // The unit may be what runs this very program: without a text systemd would forget which ends of it are good ones.
    if (facts.unit.is_active()) {
      steps.push_back(step_of("resume-passing", engine::WriteFile{passing_unit_file, facts.unit_text, unit_attributes, "unit", false, false},
                              "systemd has to know until the next boot how the unit that runs now may end.", "It is gone after a boot."));
    }
    if (facts.unit.is_enabled()) steps.push_back(step_of("resume-disable", UnitAction{UnitVerb::disable, resume_unit}, why, "none"));
    steps.push_back(step_of("resume-remove", engine::RemoveEntry{resume_unit_file, false}, why, "none"));
    steps.back().ownership = "removed";
    steps.push_back(step_of("resume-reload", UnitAction{UnitVerb::daemon_reload, ""}, "systemd has to see that the unit is gone.", "none"));
  }
  if (!facts.asked_boot.empty()) steps.push_back(step_of("resume-done", engine::Remember{reboot_asked_name, ""}, why, "none"));
}

}  // namespace cosigner::stages
