// Registration of bare metal with several sockets at Intel, and the platform's identity for an own PCCS: a part of the stage `sgx-packages`.
//
// Never in a virtual machine (its host is registered, not it) and not for one socket. What does not succeed is a finding with its remedy; the
// rest of the set-up goes on, as a finding does not block (facts, section 5.1).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/stage.hpp"
#include "installer/stages/machine_kind.hpp"
#include "sgx/registration_status.hpp"

namespace cosigner::stages {

inline const Path platform_id_path = "/var/lib/cosigner/pck-id.csv";
inline constexpr const char* registration_unit = "mpa_registration_tool.service";
inline constexpr const char* register_step = "register-platform";
inline constexpr const char* platform_id_step = "platform-id";

struct RegistrationFacts {
  MachineKind machine;
  bool is_uefi = false;
  std::vector<std::string> missing;  // of the packages for registration, where it can be
  host::UnitState unit;
  sgx::RegistrationStatus status;
  // For an own PCCS alone:
  bool wants_platform_id = false;
  std::vector<std::string> missing_for_id;
  std::optional<host::FileStat> id_file;
  std::string id_digest;       // SHA-256, hex
  bool is_id_whole = false;    // all values are there
  bool has_id_failed = false;  // the tool was tried in this boot, in vain
  bool is_id_empty = false;    // the encrypted platform id is all zero
};

/// On a machine that is known to be registered no child process is started.
Result<RegistrationFacts> probe_registration(const host::HostView& host, const engine::StageContext& context);

/// What is known from the start: no registration here, or one that cannot be. Pure.
void judge_registration(const RegistrationFacts& facts, engine::StagePlan& plan);

/// The packages of both, from `origin`; they come with the others, before anything is set up. Pure.
void plan_registration_packages(const RegistrationFacts& facts, const std::optional<host::PackageOrigin>& origin, const engine::StageContext& context, engine::StagePlan& plan);

/// After the daemon's steps, and before its provider has to know this platform, which it may know only by what is done here. Pure.
void plan_registration(const RegistrationFacts& facts, const engine::StageContext& context, engine::StagePlan& plan);

/// The custom steps. A tool that fails never fails the step: what became of it is in the next look.
Result<engine::Remembered> apply_registration(const engine::Custom& step, host::Host& host);

}  // namespace cosigner::stages
