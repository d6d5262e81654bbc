#include "installer/stages/quote_provider.hpp"

#include "base/crypto.hpp"
#include "base/pcs_address.hpp"
#include "base/text.hpp"
#include "engine/executor.hpp"
#include "host/regular_text.hpp"
#include "installer/stages/aesm_talk.hpp"
#include "sgx/instance_region.hpp"
#include "sgx/qcnl_report.hpp"

namespace cosigner::stages {
namespace {

using engine::Disruption;
using engine::Step;
using report::Outcome;
using sgx::MachinePlace;
using sgx::WantedProvider;

constexpr std::size_t file_limit = 4 * 1024 * 1024;  // also of what the engine keeps as the previous file
constexpr const char* cache_name = ".dcap-qcnl";
constexpr const char* default_home = "/var/opt/aesmd";

/// Either address of the machine's region is right where it stands already. A new one is that of the machine's own network, which needs no
/// public address, where its name is known; its server has no name outside.
Result<WantedProvider> alibaba_provider(const host::HostView& host, const std::string& qcnl) {
  const std::string configured = sgx::read_qcnl(qcnl).pccs_url;
  const std::string there = sgx::alibaba_region_of(configured);
  std::string region = sgx::instance_region(host);
  if (region.empty()) region = there;  // what was once decided holds as long as nobody says otherwise
  if (region.empty())
    return make_error("sgx.region_unknown", "this is a machine of Alibaba Cloud, but neither cloud-init nor the instance service names a region whose quote provider is known here",
                      "Set sgx.quoteProvider to pccs and sgx.pccsUrl to the address that Alibaba Cloud names for this region.");
  if (there == region) return WantedProvider{sgx::QuoteProvider::alibaba, configured, true};
  const bool is_inside = host.network().resolve("sgx-dcap-server-vpc." + region + ".aliyuncs.com").ok();
  return WantedProvider{sgx::QuoteProvider::alibaba, *sgx::alibaba_pccs_url(region, is_inside), true};
}

Result<WantedProvider> wanted_provider(const host::HostView& host, const profile::Settings& settings, const QuoteProviderFacts& facts) {
  const auto& answers = settings.answers;
  if (answers.quote_provider == "pccs") return WantedProvider{sgx::QuoteProvider::pccs, answers.pccs_url, !answers.pccs_self_signed};
  const bool is_auto = answers.quote_provider == "auto";
  if (answers.quote_provider == "azure" || (is_auto && facts.machine.place == MachinePlace::azure)) return WantedProvider{sgx::QuoteProvider::azure, std::string(sgx::azure_pccs_url), true};
  if (answers.quote_provider == "alibaba" || (is_auto && facts.machine.place == MachinePlace::alibaba)) return alibaba_provider(host, facts.qcnl);
  return WantedProvider{sgx::QuoteProvider::intel, settings.profile.quote_provider.intel_pcs_url, true};
}

/// Below the daemon's home, and below /tmp when it is the daemon's: anybody could put a folder of that name there.
Result<std::vector<Path>> caches_of(const host::HostView& host) {
  std::vector<Path> out;
  const auto user = TRY(host.accounts().user(daemon_user));
  std::vector<Path> homes = {Path(default_home)};
  if (user && Path(user->home).is_plain() && user->home != default_home) homes.emplace_back(user->home);
  for (const Path& home : homes) {
    if (TRY(host.files().stat(home / cache_name))) out.push_back(home / cache_name);
  }
  const Path common = Path("/tmp") / cache_name;
  const auto stat = TRY(host.files().stat(common));
  if (stat && user && stat->attributes.owner.uid == user->uid) out.push_back(common);
  return out;
}

report::Finding warning(const char* id, const char* title, std::string evidence, std::string remedy) {
  return {id, title, Outcome::warn, std::move(evidence), std::move(remedy), {}, {}};
}

/// What an edited file of ours becomes; one that the ledger does not know the engine keeps by itself.
Path kept_at(const std::string& qcnl) { return engine::backup_directory / ("etc_sgx_default_qcnl.conf." + sha256_hex(qcnl).substr(0, 12)); }

/// What the daemon reads through a link cannot be judged, and nothing is written there: to stop a daemon that works would be for nothing.
Error odd_file() {
  return make_error("sgx.qcnl_odd", qcnl_path.text() + " is a link or no file at all, so the quote provider cannot be written there",
                    "Put a regular file there (a copy of what it leads to), or remove it, and run `cosigner setup` again.");
}

bool is_changed(const QuoteProviderFacts& facts) { return facts.wanted && !sgx::is_configured(facts.qcnl, *facts.wanted); }

Step file_step(const QuoteProviderFacts& facts) {
  engine::WriteFile file{qcnl_path, sgx::write_qcnl(facts.qcnl, *facts.wanted), facts.file.wanted, "file", true, sgx::may_hold_secret(facts.qcnl)};
  return {"quote-provider", file, "Certificates of this platform come from " + facts.wanted->pccs_url + ".", "Put the previous file back.", Disruption::none, true, "created"};
}

/// What stands there is neither what we wrote nor unknown to the ledger: somebody edited our file.
bool is_edited(const QuoteProviderFacts& facts, const state::Ledger& ledger) {
  const auto* entry = ledger.find("file", qcnl_path.text());
  if (entry == nullptr || facts.qcnl.empty()) return false;
  const auto is_written = [&](const host::FileAttributes& attributes) {
    return engine::fingerprint_of({"", engine::WriteFile{qcnl_path, facts.qcnl, attributes, "file", true, false}, "", ""}) == entry->fingerprint;
  };
  return !is_written(host::FileAttributes{}) && !is_written(facts.file.now.value_or(host::FileAttributes{}));
}

void judge_file(const QuoteProviderFacts& facts, engine::StagePlan& plan) {
  if (facts.qcnl.empty()) return;
  const auto seen = sgx::report_qcnl(facts.qcnl);
  if (!seen.trouble.empty())
    plan.findings.push_back(warning("qcnl.file", "The quote provider's settings can be read",
                                    qcnl_path.text() + ": " + seen.trouble + "; the library then asks https://localhost:8081. It is kept in " + kept_at(facts.qcnl).text() + ", and written anew",
                                    "Look at the kept file when it held settings of your own."));
  if (!seen.ended.empty())
    plan.findings.push_back(warning("qcnl.url", "The quote provider's address is a present one",
                                    qcnl_path.text() + ": " + joined(seen.ended, ", ") + " named version 3 of Intel's interface, which ended on " + std::string(pcs_end_of_v3) + "; it is corrected to version 4",
                                    "Correct what wrote that address, so that it does not come back."));
  if (!seen.update_type.empty())
    plan.findings.push_back(warning("qcnl.keys", "No setting of the quote provider is refused", "tcb_update_type is \"" + seen.update_type + "\", which the library refuses; it is taken out",
                                    "Set tcb_update_type to \"early\" or \"standard\" when you need one."));
  if (!seen.ignored.empty())
    plan.findings.push_back(warning("qcnl.keys", "No setting of the quote provider is ignored", "silently ignored by the library: " + joined(seen.ignored, ", "),
                                    "Correct these keys in " + qcnl_path.text() + " (they are case-sensitive), and restart aesmd."));
}

/// Where nobody chose, and what was recognised does not decide.
void judge_place(const QuoteProviderFacts& facts, const profile::Settings& settings, engine::StagePlan& plan) {
  if (settings.answers.quote_provider != "auto" || !facts.wanted || facts.wanted->provider != sgx::QuoteProvider::intel) return;
  constexpr const char* title = "The quote provider is that of this machine's owner";
  if (facts.machine.place == MachinePlace::ibm) {
    plan.findings.push_back(warning("qcnl.owner", title, "this is IBM Cloud, whose documentation names its quote provider; until it is named here, Intel's service is set",
                                    "Set sgx.quoteProvider to pccs and sgx.pccsUrl to the address of IBM's documentation."));
  } else if (facts.machine.is_virtual == true) {
    const std::string name(sgx::name_of(facts.machine.place));
    plan.findings.push_back(warning("qcnl.owner", title, (name.empty() ? "nothing tells where this virtual machine stands" : "this is a virtual machine (" + name + "), whose owner is not told") +
                                    std::string("; Intel's service is set, which answers 404 for a platform that its owner keeps to himself"),
                                    "Ask who runs the host for the quote provider, and name it in sgx.quoteProvider and sgx.pccsUrl; intel means that Intel's is right."));
  }
}

}  // namespace

Result<QuoteProviderFacts> probe_quote_provider(const host::HostView& host, const engine::StageContext& context) {
  QuoteProviderFacts facts;
  facts.machine = probe_machine_kind(host, context.settings);
  const auto stat = TRY(host.files().stat(qcnl_path));
  if (stat && stat->kind != host::FileKind::regular) {
    facts.error = odd_file();
    return facts;
  }
  facts.qcnl = TRY(host::regular_text(host.files(), qcnl_path, file_limit));
  facts.file = TRY(probe_daemon_file(host, context.settings, qcnl_path, sgx::may_hold_secret(facts.qcnl)));
  auto wanted = wanted_provider(host, context.settings, facts);
  if (wanted) facts.wanted = std::move(*wanted);
  else facts.error = std::move(wanted).error();
  if (is_changed(facts)) facts.caches = TRY(caches_of(host));
  return facts;
}

void judge_quote_provider(const QuoteProviderFacts& facts, const engine::StageContext& context, engine::StagePlan& plan) {
  if (facts.error) {
    if (!plan.blocked) plan.blocked = facts.error;
    return;
  }
  judge_file(facts, plan);
  judge_place(facts, context.settings, plan);
  if (facts.wanted && facts.wanted->provider == sgx::QuoteProvider::pccs && names_version_3(facts.wanted->pccs_url))
    plan.findings.push_back(warning("qcnl.url", "The quote provider's address is a present one", "your PCCS is asked for version 3; Intel's own service answers only version 4 since " + std::string(pcs_end_of_v3),
                                    "Update the PCCS, and set sgx.pccsUrl to its address for version 4."));
}

std::vector<Step> plan_quote_provider(const QuoteProviderFacts& facts, const engine::StageContext& context) {
  std::vector<Step> steps;
  if (!is_changed(facts)) {
    if (facts.file.must_change()) steps.push_back(daemon_file_step("quote-provider-mode", qcnl_path, facts.file));
    return steps;
  }
  if (is_edited(facts, context.ledger)) {
    steps.push_back({"quote-provider-backup", engine::MakeDirectory{engine::backup_directory, {{0700}, {}}}, "The previous file is kept there.", "Remove it when it is empty."});
    steps.push_back({"quote-provider-kept", engine::WriteFile{kept_at(facts.qcnl), facts.qcnl, {{0600}, {}}, "file", false, sgx::may_hold_secret(facts.qcnl)}, "Somebody edited the file since; what it held is kept.", "Remove it."});
  }
  for (const Path& cache : facts.caches)
    steps.push_back({"quote-provider-cache" + cache.parent().text(), engine::RemoveEntry{cache, true}, "Certificates of an earlier provider or registration would be used on.", "None: the library fetches them again.", Disruption::none, true, ""});
  steps.push_back(file_step(facts));
  return steps;
}

}  // namespace cosigner::stages
