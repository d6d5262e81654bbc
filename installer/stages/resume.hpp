// A reboot that set-up asks for, and how it goes on afterwards: a unit that runs the installed copy with the answers of before at each
// boot, until a run has ended with nothing left to go on with (resume_end.hpp).
//
// Before the unit can run, what it needs lies there: the answers without secrets (whoever asked for another environment must not get the
// built-in one), and a copy of the profile's file, which may be somebody's or on a file system that a reboot empties. The journal keeps the
// hash of both (threats L5).
// Waits with `reboot.needed` (exit 6).
#pragma once

#include <string>
#include <vector>

#include "engine/stage.hpp"

namespace cosigner::stages {

inline const Path resume_unit_file = "/etc/systemd/system/cosigner-resume.service";
inline const Path profile_snapshot = "/var/lib/cosigner/profile-snapshot.json";
inline constexpr const char* resume_unit = "cosigner-resume.service";
// In the ledger, from the wish for a reboot until the work that it was for is done:
inline constexpr const char* reboot_asked_name = "reboot.asked";      // "BOOT-ID REASON WHAT", WHAT as of plan_reboot
inline constexpr const char* reboot_profile_name = "reboot.profile";  // "SHA-256 NAME" of the profile's copy
inline constexpr const char* reboot_answers_name = "reboot.answers";  // SHA-256 of the answers

/// What the reboot is for; the word is in the ledger.
enum class RebootReason { kernel, driver };

struct ResumeFacts {
  std::string boot_id;
  std::string asked_boot;  // in which boot a reboot was asked for; empty: none was
  std::string asked_for;   // "REASON WHAT"
  bool is_unit_there = false;
  bool is_unit_right = false;
  host::UnitState unit;  // when it is there
  std::string unit_text;
  bool has_profile_copy = false;
  std::string noted_profile;  // as the ledger has it
  std::string noted_answers;
  // Looked at when a reboot is coming:
  std::string answers_text;
  bool are_answers_left = false;
  bool are_answers_noted = false;
  std::vector<std::string> lost;  // answers that the reboot does not leave, by key
  bool is_profile_left = false;   // or there is none to leave
  bool is_profile_noted = false;
};

Result<ResumeFacts> probe_resume(const host::HostView& host, const engine::StageContext& context, bool is_reboot_coming);

/// A reboot was asked for by that reason and for that thing, and has happened since.
bool was_rebooted_for(const ResumeFacts& facts, RebootReason reason, const std::string& what);

/// What does not outlive the reboot that is coming, as a finding. Pure.
void tell_what_is_lost(const ResumeFacts& facts, engine::StagePlan& plan);

/// The steps that let set-up go on by itself, then the wait. `what`: the kernel's release, or the modules. Pure.
void plan_reboot(const ResumeFacts& facts, RebootReason reason, const std::string& what, const std::string& why, const engine::StageContext& context, engine::StagePlan& plan);

/// Answers and profile lie there for the run after the reboot, with their hashes in the ledger. Pure.
void plan_left(const ResumeFacts& facts, const profile::Settings& settings, engine::StagePlan& plan);

/// What the last reboot was asked for is put there anew, so that it did not happen for this one. Pure.
void plan_unasked(const ResumeFacts& facts, engine::StagePlan& plan);

/// Nothing has to be gone on with any more: unit, copies and notes go. Pure.
void plan_resumed(const ResumeFacts& facts, engine::StagePlan& plan);

}  // namespace cosigner::stages
