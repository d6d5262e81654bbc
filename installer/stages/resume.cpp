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
constexpr const char* over = "Nothing is left to go on with.";
constexpr const char* arguments_mark = "@ARGUMENTS@";
/// Shadowed by the file in /etc, and empty after a boot.
const Path passing_unit_file = "/run/systemd/system/cosigner-resume.service";

std::string wish_of(RebootReason reason, const std::string& what) { return (reason == RebootReason::kernel ? "kernel " : "driver ") + what; }

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
  facts.asked_for = asked.substr(blank + 1);
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
  facts.are_answers_noted = facts.noted_answers == sha256_hex(facts.answers_text);
  facts.is_profile_left = settings.profile_text.empty() || holds(host.files(), profile_snapshot, settings.profile_text);
  facts.is_profile_noted = settings.profile_text.empty() || facts.noted_profile == profile_note(settings);
  return {};
}

Step step_of(std::string id, engine::Payload payload, std::string why, std::string undo) {
  Step step{std::move(id), std::move(payload), std::move(why), std::move(undo)};
  step.ownership = "";
  return step;
}

Step remember(std::string id, const char* name, std::string value, std::string why) { return step_of(std::move(id), engine::Remember{name, std::move(value)}, std::move(why), "none"); }

void plan_answers_left(const ResumeFacts& facts, std::vector<Step>& steps) {
  // A crash between bytes and note must not leave a note that refuses them.
  const bool is_note_of_others = !facts.noted_answers.empty() && !facts.are_answers_noted;
  if (!facts.are_answers_left && is_note_of_others)
    steps.push_back(remember("resume-answers-renewed", reboot_answers_name, "", "Other answers follow."));
  if (!facts.are_answers_left) {
    steps.push_back(step_of("resume-answers", engine::WriteFile{answers_snapshot, facts.answers_text, private_attributes, "answers", false, true},
                            "The run after the reboot needs what this one was asked for; no secret is in it.", "Remove it."));
  }
  if (!facts.are_answers_noted) steps.push_back(remember("resume-answers-noted", reboot_answers_name, sha256_hex(facts.answers_text), "Only these very bytes are believed afterwards."));
}

void plan_profile_left(const ResumeFacts& facts, const profile::Settings& settings, std::vector<Step>& steps) {
  if (!facts.is_profile_left) {
    steps.push_back(step_of("resume-profile", engine::WriteFile{profile_snapshot, settings.profile_text, private_attributes, "profile", false, false},
                            "The run after the reboot needs the profile, also when its file is gone or is not root's.", "Remove it."));
  }
  if (!facts.is_profile_noted) {
    steps.push_back(remember("resume-profile-noted", reboot_profile_name, profile_note(settings), "Of a file that is not root's, only these very bytes are believed afterwards."));
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

void plan_no_unit(const ResumeFacts& facts, std::vector<Step>& steps) {
  if (!facts.is_unit_there) return;
  // The unit may be what runs this very program: without a text systemd would forget which ends of it are good ones.
  if (facts.unit.is_active()) {
    steps.push_back(step_of("resume-passing", engine::WriteFile{passing_unit_file, facts.unit_text, unit_attributes, "unit", false, false},
                            "systemd has to know until the next boot how the unit that runs now may end.", "It is gone after a boot."));
  }
  if (facts.unit.is_enabled()) steps.push_back(step_of("resume-disable", UnitAction{UnitVerb::disable, resume_unit}, over, "none"));
  steps.push_back(step_of("resume-remove", engine::RemoveEntry{resume_unit_file, false}, over, "none"));
  steps.back().ownership = "removed";
  steps.push_back(step_of("resume-reload", UnitAction{UnitVerb::daemon_reload, ""}, "systemd has to see that the unit is gone.", "none"));
}

}  // namespace

Result<ResumeFacts> probe_resume(const host::HostView& host, const engine::StageContext& context, bool is_reboot_coming) {
  ResumeFacts facts;
  facts.boot_id = host.clock().boot_id();
  facts.unit_text = unit_text(context.settings);
  read_asked(context.ledger, facts);
  facts.noted_profile = context.ledger.value(reboot_profile_name);
  facts.noted_answers = context.ledger.value(reboot_answers_name);
  facts.has_profile_copy = TRY(host.files().stat(profile_snapshot)).has_value();
  TRY(probe_unit(host, facts));
  if (is_reboot_coming) TRY(probe_left(host, context, facts));
  return facts;
}

bool was_rebooted_for(const ResumeFacts& facts, RebootReason reason, const std::string& what) {
  return !facts.asked_boot.empty() && facts.asked_boot != facts.boot_id && facts.asked_for == wish_of(reason, what);
}

void tell_what_is_lost(const ResumeFacts& facts, engine::StagePlan& plan) {
  if (facts.lost.empty()) return;
  plan.findings.push_back({"reboot.answers", "What was answered is there after the reboot", report::Outcome::warn, "a reboot is coming, after which these are gone: " + joined(facts.lost, "; "),
                           "Give them as files of root's that stay, or again when the run after the reboot waits for them.", "", ""});
}

void plan_left(const ResumeFacts& facts, const profile::Settings& settings, engine::StagePlan& plan) {
  plan_answers_left(facts, plan.steps);
  plan_profile_left(facts, settings, plan.steps);
}

void plan_unasked(const ResumeFacts& facts, engine::StagePlan& plan) {
  if (facts.asked_boot.empty()) return;
  plan.steps.push_back(remember("resume-unasked", reboot_asked_name, "", "The reboot that was asked for was for what is gone."));
}

void plan_reboot(const ResumeFacts& facts, RebootReason reason, const std::string& what, const std::string& why, const engine::StageContext& context, engine::StagePlan& plan) {
  plan_left(facts, context.settings, plan);
  plan_unit(facts, plan.steps);
  const std::string asked = facts.boot_id + " " + wish_of(reason, what);
  if (context.ledger.value(reboot_asked_name) != asked)
    plan.steps.push_back(remember("resume-asked", reboot_asked_name, asked, "The run after the reboot has to know whether it happened."));
  std::string message = why + "; after a reboot set-up goes on by itself (" + resume_unit + ", to be followed with `journalctl -fu cosigner-resume`)";
  if (!facts.lost.empty()) message += "; not kept until then: " + joined(facts.lost, "; ");
  plan.waiting = make_error("reboot.needed", message, "Reboot: `sudo systemctl reboot`.");
}

void plan_resumed(const ResumeFacts& facts, engine::StagePlan& plan) {
  auto& steps = plan.steps;
  plan_no_unit(facts, steps);
  const std::string why = "It was for the run after the reboot alone.";
  if (facts.has_profile_copy) steps.push_back(step_of("resume-profile-gone", engine::RemoveEntry{profile_snapshot, false}, why, "none"));
  if (!facts.noted_profile.empty()) steps.push_back(remember("resume-profile-unnoted", reboot_profile_name, "", why));
  if (!facts.noted_answers.empty()) steps.push_back(remember("resume-answers-unnoted", reboot_answers_name, "", why));
  if (!facts.asked_boot.empty()) steps.push_back(remember("resume-done", reboot_asked_name, "", over));
}

}  // namespace cosigner::stages
