#include "installer/stages/quote_provider.hpp"

#include "base/text.hpp"
#include "installer/stages/aesm_talk.hpp"
#include "sgx/instance_region.hpp"

namespace cosigner::stages {
namespace {

using engine::Disruption;

constexpr std::size_t small_file = 64 * 1024;

Result<std::string> text_of(const host::FilesView& files, const Path& path) {
  const auto stat = TRY(files.stat(path));
  if (!stat || stat->kind != host::FileKind::regular) return std::string();
  return TRY(files.read(path, small_file)).value_or(std::string());
}

/// A DMI string; the class folder holds links, the device's own folder does not.
std::string dmi(const host::FilesView& files, const std::string& name) {
  const auto text = files.read(Path("/sys/devices/virtual/dmi/id") / name, 4096);
  return text && *text ? std::string(trimmed(**text)) : std::string();
}

Result<sgx::WantedProvider> alibaba_provider(const host::HostView& host) {
  const auto url = sgx::alibaba_pccs_url(sgx::instance_region(host), true);
  if (url) return sgx::WantedProvider{sgx::QuoteProvider::alibaba, *url, true};
  return make_error("sgx.region_unknown", "this is a machine of Alibaba Cloud, but neither cloud-init nor the instance service names a region whose quote provider is known here",
                    "Set sgx.quoteProvider to pccs and sgx.pccsUrl to the address that Alibaba Cloud names for this region.");
}

Result<sgx::WantedProvider> wanted_provider(const host::HostView& host, const profile::Settings& settings) {
  const auto& answers = settings.answers;
  const auto& files = host.files();
  const sgx::WantedProvider intel{sgx::QuoteProvider::intel, settings.profile.quote_provider.intel_pcs_url, true};
  const sgx::WantedProvider azure{sgx::QuoteProvider::azure, std::string(sgx::azure_pccs_url), true};
  if (answers.quote_provider == "pccs") return sgx::WantedProvider{sgx::QuoteProvider::pccs, answers.pccs_url, !answers.pccs_self_signed};
  if (answers.quote_provider == "intel") return intel;
  if (answers.quote_provider == "azure") return azure;
  if (answers.quote_provider == "alibaba") return alibaba_provider(host);
  const auto found = sgx::provider_of_machine(dmi(files, "sys_vendor"), dmi(files, "product_name"), dmi(files, "chassis_asset_tag"));
  if (found == sgx::QuoteProvider::azure) return azure;
  if (found == sgx::QuoteProvider::alibaba) return alibaba_provider(host);
  return intel;
}

}  // namespace

Result<QuoteProviderFacts> probe_quote_provider(const host::HostView& host, const engine::StageContext& context) {
  QuoteProviderFacts facts;
  facts.qcnl = TRY(text_of(host.files(), qcnl_path));
  auto wanted = wanted_provider(host, context.settings);
  if (wanted) facts.wanted = std::move(*wanted);
  else facts.error = std::move(wanted).error();
  return facts;
}

void judge_quote_provider(const QuoteProviderFacts& facts, const engine::StageContext&, engine::StagePlan& plan) {
  if (!plan.blocked) plan.blocked = facts.error;
}

std::vector<engine::Step> plan_quote_provider(const QuoteProviderFacts& facts, const engine::StageContext&) {
  if (!facts.wanted || sgx::is_configured(facts.qcnl, *facts.wanted)) return {};
  engine::WriteFile file{qcnl_path, sgx::write_qcnl(facts.qcnl, *facts.wanted), {{0644}, {}}, "file", true, false};
  return {{"quote-provider", file, "Certificates of this platform come from " + facts.wanted->pccs_url + ".", "Put the previous file back.", Disruption::none, true, "created"}};
}

}  // namespace cosigner::stages
