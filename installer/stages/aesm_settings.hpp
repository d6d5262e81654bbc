// The service daemon's own settings, /etc/aesmd.conf: a part of the stage `sgx-packages`.
#pragma once

#include <vector>

#include "engine/stage.hpp"
#include "sgx/aesmd_conf.hpp"

namespace cosigner::stages {

struct AesmSettingsFacts {
  sgx::AesmdConf conf;
};

Result<AesmSettingsFacts> probe_aesm_settings(const host::HostView& host, const engine::StageContext& context);

/// Pure.
void judge_aesm_settings(const AesmSettingsFacts& facts, engine::StagePlan& plan);

/// What the daemon reads only when it starts. Pure.
std::vector<engine::Step> plan_aesm_settings(const AesmSettingsFacts& facts, const engine::StageContext& context);

}  // namespace cosigner::stages
