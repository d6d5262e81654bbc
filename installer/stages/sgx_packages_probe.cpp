// What is there of the SGX software.
#include <algorithm>

#include "base/text.hpp"
#include "installer/stages/aesm_talk.hpp"
#include "installer/stages/apt_repo.hpp"
#include "installer/stages/sgx_packages.hpp"
#include "sgx/instance_region.hpp"

namespace cosigner::stages {
namespace {

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

Status probe_packages(const host::HostView& host, const profile::Settings& settings, SgxPackagesFacts& facts) {
  facts.interrupted = TRY(host.packages().interrupted());
  const auto installed = TRY(host.packages().installed());
  for (const auto& name : settings.profile.packages.sgx) {
    const auto found = installed.find(name);
    if (found == installed.end() || found->second.status == "config-files" || found->second.status == "not-installed") facts.missing.push_back(name);
  }
  return {};
}

Status probe_accounts(const host::HostView& host, SgxPackagesFacts& facts) {
  const auto user = TRY(host.accounts().user(daemon_user));
  facts.has_daemon_user = user.has_value();
  for (const char* name : {enclave_group, provision_group}) {
    const auto group = TRY(host.accounts().group(name));
    if (!group) facts.missing_groups.emplace_back(name);
    if (!group || std::string(name) != provision_group) continue;
    const auto& members = group->members;
    facts.may_provision = std::find(members.begin(), members.end(), daemon_user) != members.end() || (user && user->gid == group->gid);
  }
  return {};
}

void probe_daemon(const host::HostView& host, const profile::Settings& settings, SgxPackagesFacts& facts) {
  const auto answer = ask_daemon(host.network(), settings.profile.aesm_socket);
  if (!answer) {
    facts.aesm_error = answer.error();
    return;
  }
  facts.key_count = answer->key_count;
  facts.offers_ecdsa = answer->offers_ecdsa;
}

}  // namespace

Result<SgxPackagesFacts> probe_sgx_packages(const host::HostView& host, const engine::StageContext& context) {
  const profile::Settings& settings = context.settings;
  SgxPackagesFacts facts;
  TRY(probe_packages(host, settings, facts));
  facts.origin = TRY(sgx_packages_origin(host, context));
  TRY(probe_accounts(host, facts));
  facts.enclave_node = sgx::find_node(host.devices(), sgx::enclave_nodes());
  facts.provision_node = sgx::find_node(host.devices(), sgx::provision_nodes());
  facts.qcnl = TRY(text_of(host.files(), qcnl_path));
  facts.aesmd_conf = sgx::read_aesmd_conf(TRY(text_of(host.files(), "/etc/aesmd.conf")));
  auto wanted = wanted_provider(host, settings);
  if (wanted) facts.wanted = std::move(*wanted);
  else facts.provider_error = std::move(wanted).error();
  if (!facts.missing.empty() || facts.interrupted) return facts;
  const auto states = TRY(host.services().states({settings.profile.aesm_unit}));
  const auto unit = states.find(settings.profile.aesm_unit);
  if (unit != states.end()) facts.unit = unit->second;
  if (facts.unit.is_active()) probe_daemon(host, settings, facts);
  return facts;
}

}  // namespace cosigner::stages
