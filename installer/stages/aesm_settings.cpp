#include "installer/stages/aesm_settings.hpp"

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "engine/executor.hpp"
#include "host/regular_text.hpp"

namespace cosigner::stages {
namespace {

using engine::Disruption;
using engine::Step;
using report::Outcome;
using sgx::AesmdWish;

constexpr std::size_t small_file = 64 * 1024;

/// Room for the key, the equals sign, blanks and the end of the line, and then some.
constexpr std::size_t proxy_limit = sgx::aesmd_line_limit - 64;

AesmdWish wish_of(const engine::StageContext& context, const AesmSettingsFacts& facts) {
  const profile::Answers& answers = context.settings.answers;
  AesmdWish wish;
  wish.keeps_epid = answers.legacy_epid;
  if (!answers.proxy_url.empty()) {
    wish.proxy = AesmdWish::Proxy::manual;
    wish.proxy_url = answers.proxy_url;
    return wish;
  }
  const auto proxy = facts.conf.values.find("aesm proxy");
  const bool is_ours = !facts.remembered_proxy.empty() && proxy != facts.conf.values.end() && proxy->second == facts.remembered_proxy;
  if (is_ours) wish.proxy = AesmdWish::Proxy::direct;
  return wish;
}

std::optional<Error> trouble_with(const std::optional<host::FileStat>& stat, const AesmdWish& wish) {
  if (stat && stat->kind != host::FileKind::regular && wish.proxy == AesmdWish::Proxy::manual)
    return make_error("sgx.aesmd_conf_odd", aesmd_conf_path.text() + " is a link or no file at all, so the daemon's proxy is not written there", "Put a regular file there, or remove it.");
  if (wish.proxy_url.size() > proxy_limit)
    return make_error("answers.proxy_too_long", "proxy.url has " + std::to_string(wish.proxy_url.size()) + " bytes; the SGX service daemon reads lines of at most " + std::to_string(sgx::aesmd_line_limit),
                      "Name the proxy by a shorter address.");
  return std::nullopt;
}

Step file_step(const char* id, const Path& path, std::string text, const std::string& why, const std::string& undo) {
  return {id, engine::WriteFile{path, std::move(text), {{0644}, {}}, "file", true, false}, why, undo, Disruption::none, true, "created"};
}

/// A malformed file is kept aside in any case; one that is ours by the ledger would not be kept by the writing itself.
void plan_copy(const AesmSettingsFacts& facts, std::vector<Step>& steps) {
  if (!facts.is_known || facts.conf.bad_lines.empty()) return;
  const Path kept = engine::backup_directory / ("etc_aesmd.conf." + sha256_hex(facts.text).substr(0, 12));
  steps.push_back({"aesmd-conf-backups", engine::MakeDirectory{engine::backup_directory, {{0700}, {}}}, "Files that were replaced are kept here.", "Stays.", Disruption::none, true, ""});
  steps.push_back({"aesmd-conf-kept", engine::WriteFile{kept, facts.text, {{0600}, {}}, "file", false, false}, "Somebody changed the daemon's settings, and some of it cannot be read.", "Stays.", Disruption::none, true, ""});
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
  facts.conf = sgx::read_aesmd_conf(facts.text);
  facts.remembered_proxy = context.ledger.value(aesm_proxy_name);
  facts.wish = wish_of(context, facts);
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
  if (wanted == facts.text) return {};
  std::vector<Step> steps;
  plan_copy(facts, steps);
  steps.push_back(file_step("aesmd-conf", aesmd_conf_path, wanted, reason_of(facts), "Put the previous file back."));
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
