// /dev must allow to execute, as enclaves are mapped from its nodes; systemd before 248 mounted it noexec (facts sgx-host 4, row B12). It is
// mounted right at once, and kept so over boots the way that this machine offers: its fstab line, Intel's unit, else a unit of ours.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/stage.hpp"

namespace cosigner::stages {

inline const Path dev_exec_unit_file = "/etc/systemd/system/cosigner-dev-exec.service";
inline constexpr const char* dev_exec_unit = "cosigner-dev-exec.service";
inline constexpr const char* intel_exec_unit = "remount-dev-exec.service";

struct DevMountFacts {
  std::optional<Path> noexec;       // the mount that holds the nodes, when it cannot execute now
  bool is_noexec_at_boot = false;   // as it is now, as an earlier run saw it, or as fstab says
  std::optional<std::string> fstab;  // corrected
  host::FileAttributes fstab_attributes;  // which a correction keeps
  bool has_fstab_line = false;      // that mounts /dev with the right to execute
  // Looked at when it is noexec at boot:
  host::UnitState intel_unit, own_unit;
  bool is_own_unit_right = false;
  std::string unit_text;
};

Result<DevMountFacts> probe_dev_mount(const host::HostView& host, const engine::StageContext& context);
/// Now: before the packages, whose daemon makes enclaves. Pure.
void plan_dev_mount(const DevMountFacts& facts, engine::StagePlan& plan);
/// For the next boot: after the packages, which may bring Intel's unit. Pure.
void plan_dev_mount_kept(const DevMountFacts& facts, engine::StagePlan& plan);

/// The custom step "allow executing".
Result<engine::Remembered> allow_executing(const engine::Custom& step, host::Host& host);

/// The text of an fstab with the right to execute on /dev; nothing when no line takes it. For tests.
std::optional<std::string> fstab_with_exec(const std::string& text);

}  // namespace cosigner::stages
