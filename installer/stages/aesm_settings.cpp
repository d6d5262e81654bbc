#include "installer/stages/aesm_settings.hpp"

namespace cosigner::stages {
namespace {

constexpr std::size_t small_file = 64 * 1024;
const Path conf_path = "/etc/aesmd.conf";

}  // namespace

Result<AesmSettingsFacts> probe_aesm_settings(const host::HostView& host, const engine::StageContext&) {
  const auto stat = TRY(host.files().stat(conf_path));
  if (!stat || stat->kind != host::FileKind::regular) return AesmSettingsFacts{};
  return AesmSettingsFacts{sgx::read_aesmd_conf(TRY(host.files().read(conf_path, small_file)).value_or(std::string()))};
}

void judge_aesm_settings(const AesmSettingsFacts& facts, engine::StagePlan& plan) {
  for (const auto& bad : facts.conf.bad_lines) {
    const std::string where = "/etc/aesmd.conf line " + std::to_string(bad.line);
    plan.findings.push_back({"sgx.aesmd_conf", "The daemon's configuration is read", report::Outcome::warn, where + ": " + bad.why + "; the daemon then ignores the whole file",
                             "Correct or remove " + where + " and restart aesmd.", "", ""});
  }
}

std::vector<engine::Step> plan_aesm_settings(const AesmSettingsFacts&, const engine::StageContext&) { return {}; }

}  // namespace cosigner::stages
