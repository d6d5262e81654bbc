#include "installer/stages/aesm_settings.hpp"

#include "apt/version_order.hpp"
#include "base/crypto.hpp"
#include "base/text.hpp"
#include "engine/executor.hpp"
#include "host/regular_text.hpp"
#include "installer/stages/aesm_container.hpp"

namespace cosigner::stages {
namespace {

using engine::Disruption;
using engine::Step;
using report::Outcome;
using sgx::AesmdWish;

constexpr std::size_t small_file = 64 * 1024;
constexpr const char* daemon_package = "sgx-aesm-service";
constexpr const char* first_without_whitelist = "2.27";

/// Room for the key, the equals sign, blanks and the end of the line, and then some.
constexpr std::size_t proxy_limit = sgx::aesmd_line_limit - 64;

/// The daemon of release 2.27, the last with EPID, refuses the address of the white list already. Of one that is not installed yet nothing is
/// known, and the image for EPID holds an older one.
Result<bool> takes_whitelist(const host::HostView& host, const profile::Settings& settings) {
  if (!settings.answers.legacy_epid) return false;
  const auto installed = TRY(host.packages().installed());
  const auto daemon = installed.find(daemon_package);
  return is_container_wanted(settings) || daemon == installed.end() || apt::compare_versions(daemon->second.version, first_without_whitelist) < 0;
}

void set_wish(const engine::StageContext& context, AesmSettingsFacts& facts) {
  const profile::Answers& answers = context.settings.answers;
  AesmdWish& wish = facts.wish;
  wish.keeps_epid = answers.legacy_epid;
  if (!answers.proxy_url.empty()) {
    wish.proxy = AesmdWish::Proxy::manual;
    wish.proxy_url = answers.proxy_url;
    return;
  }
  const auto proxy = facts.conf.values.find("aesm proxy");
  const bool is_ours = !facts.remembered_proxy.empty() && proxy != facts.conf.values.end() && proxy->second == facts.remembered_proxy;
  if (is_ours) wish.proxy = AesmdWish::Proxy::direct;
}

std::optional<Error> trouble_with(const std::optional<host::FileStat>& stat, const AesmdWish& wish) {
  if (stat && stat->kind != host::FileKind::regular && wish.proxy == AesmdWish::Proxy::manual)
    return make_error("sgx.aesmd_conf_odd", aesmd_conf_path.text() + " is a link or no file at all, so the daemon's proxy is not written there", "Put a regular file there, or remove it.");
  if (wish.proxy_url.size() > proxy_limit)
    return make_error("answers.proxy_too_long", "proxy.url has " + std::to_string(wish.proxy_url.size()) + " bytes; the SGX service daemon reads lines of at most " + std::to_string(sgx::aesmd_line_limit),
                      "Name the proxy by a shorter address.");
  return std::nullopt;
}

/// A proxy's login, which people put into its address.
bool may_hold_login(const std::string& text) { return text.find('@') != std::string::npos; }

/// A malformed file is kept aside in any case; one that is ours by the ledger would not be kept by the writing itself.
void plan_copy(const AesmSettingsFacts& facts, std::vector<Step>& steps) {
  if (!facts.is_known || facts.conf.bad_lines.empty()) return;
  const Path kept = engine::backup_directory / ("etc_aesmd.conf." + sha256_hex(facts.text).substr(0, 12));
  steps.push_back({"aesmd-conf-backups", engine::MakeDirectory{engine::backup_directory, {{0700}, {}}}, "Files that were replaced are kept here.", "Stays.", Disruption::none, true, ""});
  steps.push_back({"aesmd-conf-kept", engine::WriteFile{kept, facts.text, {{0600}, {}}, "file", false, may_hold_login(facts.text)}, "Somebody changed the daemon's settings, and some of it cannot be read.", "Stays.", Disruption::none, true, ""});
}

std::string reason_of(const AesmSettingsFacts& facts) {
  if (!facts.conf.bad_lines.empty()) return "One line that the daemon cannot read makes it ignore the whole file.";
  if (facts.wish.proxy == AesmdWish::Proxy::manual) return "The daemon reaches the network through " + facts.wish.proxy_url + ".";
  if (facts.wish.proxy == AesmdWish::Proxy::direct) return "The proxy that was set for the daemon is wanted no more.";
  return "The daemon's settings name what has ended.";
}

}  // namespace

Result<AesmSettingsFacts> probe_aesm_settings(const host::HostView& host, const engine::StageContext& context) {
  AesmSettingsFacts facts;
  const auto stat = TRY(host.files().stat(aesmd_conf_path));
  facts.text = TRY(host::regular_text(host.files(), aesmd_conf_path, small_file));
  facts.file = TRY(probe_daemon_file(host, context.settings, aesmd_conf_path, may_hold_login(facts.text)));
  facts.wish.takes_whitelist = TRY(takes_whitelist(host, context.settings));
  facts.conf = sgx::read_aesmd_conf(facts.text, facts.wish.takes_whitelist);
  facts.remembered_proxy = context.ledger.value(aesm_proxy_name);
  set_wish(context, facts);
  facts.trouble = trouble_with(stat, facts.wish);
  facts.is_known = context.ledger.find("file", aesmd_conf_path.text()) != nullptr;
  TRY(probe_aesm_drop_in(host, context, facts));
  return facts;
}

void judge_aesm_settings(const AesmSettingsFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  const profile::Answers& answers = context.settings.answers;
  for (const auto& bad : facts.conf.bad_lines) {
    const std::string where = aesmd_conf_path.text() + " line " + std::to_string(bad.line);
    plan.findings.push_back({"sgx.aesmd_conf", "The daemon's configuration is read", Outcome::warn,
                             where + ": " + bad.why + "; the daemon then ignores the whole file. It is kept in " + engine::backup_directory.text() + " and written anew from its good lines",
                             "Look there for what is missed.", "", ""});
  }
  if (!answers.proxy_url.empty() && !answers.proxy_username.empty())
    plan.findings.push_back({"sgx.aesm_proxy", "The daemon's proxy asks for no login", Outcome::warn, "the daemon uses " + answers.proxy_url + " without the login, which is for downloads only",
                             "Let the proxy pass this machine's requests to the certificate service without a login.", "", ""});
  if (!plan.blocked) plan.blocked = facts.trouble;
}

std::vector<Step> plan_aesm_settings(const AesmSettingsFacts& facts, const engine::StageContext&) {
  const std::string wanted = sgx::write_aesmd_conf(facts.text, facts.wish);
  std::vector<Step> steps;
  if (wanted == facts.text) {
    if (facts.file.must_change()) steps.push_back(daemon_file_step("aesmd-conf-mode", aesmd_conf_path, facts.file));
    return steps;
  }
  plan_copy(facts, steps);
  const engine::WriteFile file{aesmd_conf_path, wanted, facts.file.wanted, "file", true, may_hold_login(facts.text)};
  steps.push_back({"aesmd-conf", file, reason_of(facts), "Put the previous file back.", Disruption::none, true, "created"});
  return steps;
}

std::vector<Step> plan_aesm_memory(const AesmSettingsFacts& facts, bool before) {
  const bool sets = facts.wish.proxy == AesmdWish::Proxy::manual;
  const std::string& url = facts.wish.proxy_url;  // empty when none is set
  if (before != sets || facts.remembered_proxy == url) return {};
  const auto is_now = [&](const char* key, const std::string& value) {
    const auto found = facts.conf.values.find(key);
    return found != facts.conf.values.end() && found->second == value;
  };
  if (sets && is_now("proxy type", "manual") && is_now("aesm proxy", url)) return {};  // the operator's own doing
  return {{"aesm-proxy", engine::Remember{aesm_proxy_name, url}, sets ? "A proxy that is set here is taken back here." : "The proxy is taken back.", "Forgotten with the journal.", Disruption::none, true, ""}};
}

}  // namespace cosigner::stages
