// A reboot that set-up asks for, and how it goes on afterwards: a unit that runs the installed copy once with the answers of before, and is
// gone when what the reboot was for is there.
//
// Before the unit can run, what it needs lies there: the answers without secrets (whoever asked for another environment must not get the
// built-in one), and a copy of the profile's file, which may be somebody's or on a file system that a reboot empties (threats L5).
// Waits with `reboot.needed` (exit 6).
#pragma once

#include <string>
#include <vector>

#include "engine/stage.hpp"

namespace cosigner::stages {

inline const Path resume_unit_file = "/etc/systemd/system/cosigner-resume.service";
inline const Path profile_snapshot = "/var/lib/cosigner/profile-snapshot.json";
inline constexpr const char* resume_unit = "cosigner-resume.service";
inline constexpr const char* reboot_asked_name = "reboot.asked";      // in the ledger: "BOOT-ID REASON"
inline constexpr const char* reboot_profile_name = "reboot.profile";  // in the ledger: "SHA-256 NAME" of the profile's copy

/// What the reboot is for; the word is in the ledger.
enum class RebootReason { kernel, driver };

struct ResumeFacts {
  std::string boot_id;
  std::string asked_boot;  // in which boot a reboot was asked for; empty: none was
  std::string asked_why;   // the reason's word
  bool is_unit_there = false;
  bool is_unit_right = false;
  host::UnitState unit;  // when it is there
  std::string unit_text;
  // Looked at when a reboot is coming:
  std::string answers_text;
  bool are_answers_left = false;
  std::vector<std::string> lost;  // answers that the reboot does not leave, by key
  bool is_profile_left = false;   // or there is none to leave
  bool is_profile_noted = false;
};

Result<ResumeFacts> probe_resume(const host::HostView& host, const engine::StageContext& context, bool is_reboot_coming);

/// A reboot was asked for by that reason, and has happened since.
bool was_rebooted_for(const ResumeFacts& facts, RebootReason reason);

/// What does not outlive the reboot that is coming, as a finding. Pure.
void tell_what_is_lost(const ResumeFacts& facts, engine::StagePlan& plan);

/// The steps that let set-up go on by itself, then the wait. Pure.
void plan_reboot(const ResumeFacts& facts, RebootReason reason, const std::string& why, const engine::StageContext& context, engine::StagePlan& plan);

/// Nothing has to be waited for any more: the unit goes. Pure.
void plan_resumed(const ResumeFacts& facts, engine::StagePlan& plan);

}  // namespace cosigner::stages
