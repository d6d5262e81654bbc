// The service daemon's own settings, /etc/aesmd.conf, and the addition to its unit that new systemd needs: a part of the stage
// `sgx-packages`.
//
// Blocks with `sgx.aesmd_conf_odd` (the file is no regular one) and `answers.proxy_too_long`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/stage.hpp"
#include "installer/stages/daemon_file.hpp"
#include "sgx/aesmd_conf.hpp"

namespace cosigner::stages {

inline const Path aesmd_conf_path = "/etc/aesmd.conf";
inline const Path aesmd_drop_in_path = "/etc/systemd/system/aesmd.service.d/cosigner-start.conf";

/// Ledger name of the proxy that we put into the daemon's settings: so long as it is there, taking it back is our business.
inline constexpr const char* aesm_proxy_name = "aesm.proxy";

struct AesmSettingsFacts {
  std::string text;               // of aesmd.conf; empty when there is none
  DaemonFile file;
  sgx::AesmdConf conf;
  sgx::AesmdWish wish;
  std::string remembered_proxy;   // what we wrote, by the ledger
  std::optional<Error> trouble;   // nothing can be written
  bool is_known = false;          // the file is ours already, so that writing it keeps no copy by itself
  std::optional<std::string> drop_in;         // its text
  std::optional<std::string> wanted_drop_in;  // nothing: none is needed
  bool needs_reload = false;                  // by the state of the unit: systemd has not read it as it is
};

Result<AesmSettingsFacts> probe_aesm_settings(const host::HostView& host, const engine::StageContext& context);

/// The part of that probe which is about the addition to the unit.
Status probe_aesm_drop_in(const host::HostView& host, const engine::StageContext& context, AesmSettingsFacts& facts);

/// Pure.
void judge_aesm_settings(const AesmSettingsFacts& facts, const engine::StageContext& context, engine::StagePlan& plan);

/// What the daemon reads only when it starts, the additions to its unit not among them. Pure.
std::vector<engine::Step> plan_aesm_settings(const AesmSettingsFacts& facts, const engine::StageContext& context);

/// The addition to the unit, for the daemon of the package. Pure.
std::vector<engine::Step> plan_aesm_drop_in(const AesmSettingsFacts& facts);

/// What the ledger must know before and forget after the settings are as they should be: nothing of it is about the machine. Pure.
std::vector<engine::Step> plan_aesm_memory(const AesmSettingsFacts& facts, bool before);

/// `unit`: the text of a unit whose pre-start commands rely on PermissionsStartOnly. Each of them with a "+", which says that it runs
/// as root; nothing when the unit does not rely on it. Pure.
std::optional<std::string> start_as_root(std::string_view unit);

}  // namespace cosigner::stages
