#include "profile/weakenings.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "profile/forms.hpp"

namespace cosigner::profile {
namespace {

std::string profile_origin(const Profile& profile) { return "profile " + profile.origin; }

/// Collects, one entry an id and value.
class Found {
 public:
  explicit Found(const Settings& settings) : settings_(settings) {}

  void from_answer(std::string_view id, std::string what, const std::string& key) {
    const auto origin = settings_.origins.find(key);
    add(id, std::move(what), origin == settings_.origins.end() ? key : origin->second);
  }
  void from_profile(std::string_view id, std::string what) { add(id, std::move(what), profile_origin(settings_.profile)); }

  std::vector<Weakening> take() { return std::move(list_); }

 private:
  void add(std::string_view id, std::string what, std::string origin) {
    Weakening weakening{std::string(id), std::move(what), std::move(origin)};
    const bool known = std::any_of(list_.begin(), list_.end(), [&](const Weakening& each) { return each.id == weakening.id && each.what == weakening.what; });
    if (!known) list_.push_back(std::move(weakening));
  }

  const Settings& settings_;
  std::vector<Weakening> list_;
};

std::vector<const PackageSource*> sources_of(const Profile& profile) {
  std::vector<const PackageSource*> sources;
  for (const auto& platform : profile.platforms) {
    sources.push_back(&platform.sgx_source);
    sources.push_back(&platform.engine_source);
  }
  return sources;
}

std::set<std::string> fingerprints_of(const Profile& profile) {
  std::set<std::string> all;
  for (const auto* source : sources_of(profile)) {
    for (const auto& key : source->keys) all.insert(source->name + " " + key.fingerprint);
  }
  return all;
}

std::set<std::string> hosts_of(const Profile& profile) {
  std::set<std::string> all;
  for (const auto* source : sources_of(profile)) {
    for (const auto& url : {source->uri, source->key_url, source->archive_url}) all.insert(host_of_url(url));
  }
  return all;
}

void compare_sources(const Profile& profile, const Profile& built_in, Found& found) {
  const auto keys = fingerprints_of(built_in);
  const auto hosts = hosts_of(built_in);
  for (const auto* source : sources_of(profile)) {
    for (const auto& key : source->keys) {
      if (keys.count(source->name + " " + key.fingerprint) == 0) found.from_profile("key.other_fingerprint", source->name + " " + key.fingerprint);
    }
    for (const auto& url : {source->uri, source->key_url, source->archive_url}) {
      if (!url.empty() && hosts.count(host_of_url(url)) == 0) found.from_profile("host.other_source", host_of_url(url));
      if (url.rfind("http://", 0) == 0) found.from_profile("source.http", host_of_url(url));
    }
  }
  if (!(profile.packages == built_in.packages)) {
    found.from_profile("packages.other_set", "other packages are installed");
  }
}

bool same_contract(const CosignerContract& left, const CosignerContract& right) {
  return left.executable == right.executable && left.work_dir == right.work_dir && left.service_user == right.service_user &&
         left.data_dir == right.data_dir && left.data_uid == right.data_uid && left.data_gid == right.data_gid && left.network == right.network &&
         left.quote_flag == right.quote_flag && left.container_name == right.container_name && left.init_name == right.init_name && left.environment == right.environment &&
         left.devices == right.devices;
}

void compare_enclave(const EnclaveExpectations& enclave, const EnclaveExpectations& built_in, Found& found) {
  if (!enclave.root_ca_pem.empty()) found.from_profile("attestation.custom_root", "quotes of another root than Intel's are believed");
  const bool other = enclave.mrsigner != built_in.mrsigner || enclave.product_id != built_in.product_id || enclave.min_svn != built_in.min_svn ||
                     enclave.mrenclave != built_in.mrenclave;
  if (other) found.from_profile("attestation.other_enclave", "another enclave is expected");
  if (built_in.mode == "quote" && enclave.mode != "quote") found.from_profile("attestation.weaker_mode", "this program verifies no quote");
}

void compare_profile(const Profile& profile, const Profile& built_in, Found& found) {
  compare_sources(profile, built_in, found);
  compare_enclave(profile.enclave, built_in.enclave, found);
  if (profile.simulation) found.from_profile("simulation.on", "a simulated machine");
  if (profile.hosts.gateway != built_in.hosts.gateway) found.from_profile("host.other_gateway", profile.hosts.gateway);
  if (profile.image.registry != built_in.image.registry || profile.image.repository != built_in.image.repository ||
      profile.image.azure_repository != built_in.image.azure_repository) {
    found.from_profile("image.other_repository", profile.image.registry + "/" + profile.image.repository);
  }
  for (const auto& [revision, digest] : profile.image.digests) {
    const auto known = built_in.image.digests.find(revision);
    if (known == built_in.image.digests.end() || known->second != digest) found.from_profile("image.profile_digest", std::string(revision).append(" ").append(digest));
  }
  if (profile.aesm_container.image != built_in.aesm_container.image || profile.aesm_container.epid_image != built_in.aesm_container.epid_image) {
    found.from_profile("image.other_repository", profile.aesm_container.image);
  }
  for (const auto& [image, digest] : profile.aesm_container.digests) {
    const auto known = built_in.aesm_container.digests.find(image);
    if (known == built_in.aesm_container.digests.end() || known->second != digest) found.from_profile("image.profile_digest", std::string(image).append(" ").append(digest));
  }
  if (!same_contract(profile.cosigner, built_in.cosigner)) found.from_profile("cosigner.other_contract", "another image contract");
  if (profile.quote_provider.intel_pcs_url != built_in.quote_provider.intel_pcs_url) {
    found.from_profile("host.other_pcs", host_of_url(profile.quote_provider.intel_pcs_url));
  }
}

void look_at_answers(const Settings& settings, const Profile& built_in, Found& found) {
  const Answers& answers = settings.answers;
  const auto keys = fingerprints_of(built_in);
  for (const auto& fingerprint : answers.key_fingerprints) {
    if (keys.count("intel-sgx " + fingerprint) == 0) found.from_answer("key.other_fingerprint", "intel-sgx " + fingerprint, "sgx.repository.keyFingerprints");
  }
  if (!answers.repository_suite.empty()) found.from_answer("source.other_suite", answers.repository_suite, "sgx.repository.suite");
  const std::string directory = local_directory_of(answers.repository_mirror);
  if (!directory.empty()) found.from_answer("host.other_source", "the directory " + directory, "sgx.repository.mirror");
  else if (!answers.repository_mirror.empty()) found.from_answer("host.other_source", host_of_url(answers.repository_mirror), "sgx.repository.mirror");
  if (answers.image_source == "mirror") found.from_answer("image.other_repository", answers.image_mirror, "image.mirror");
  if (answers.extra_ca.is_set()) found.from_answer("tls.extra_ca", "one more CA for downloads", "tls.extraCa");
  if (answers.legacy_epid) found.from_answer("attestation.legacy_epid", "the ended EPID stack is installed, which can attest to nobody any more", "attestation.legacyEpid");
  if (answers.sgx_driver == "out-of-tree") found.from_answer("driver.out_of_tree", "a driver from outside the kernel is built and loaded", "sgx.driver");
  if (answers.pccs_self_signed) found.from_answer("tls.self_signed_pccs", "the PCCS shows a self-signed certificate", "sgx.pccsSelfSigned");
  if (answers.callback && answers.callback->url.rfind("http://", 0) == 0) found.from_answer("callback.http", host_of_url(answers.callback->url), "callback.url");
  if (answers.acknowledge_no_callback) found.from_answer("callback.none", "the co-signer signs everything it is sent", "acknowledgeNoCallback");
  for (const auto& id : answers.waive) found.from_answer("check.waived", id, "waive");
  if (!settings.downgrade_reason.empty()) {
    found.from_answer("image.downgrade", "an older revision may replace a newer one, because: " + settings.downgrade_reason,
                      "--allow-downgrade");
  }
  if (!answers.attestation_policy.empty()) found.from_answer("attestation.own_policy", answers.attestation_policy, "attestation.policy");
  if (settings.new_platform)
    found.from_answer("attestation.new_platform", "another platform may attest than the one that was pinned", "--new-platform");
}

bool lists(const std::vector<std::string>& names, std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); }

}  // namespace

const std::vector<WeakeningRow>& weakening_table() {
  static const std::vector<WeakeningRow> table = {
      {"attestation.custom_root", "quotes are believed that chain to another root than Intel's", "", "attestation.rootCa"},
      {"attestation.legacy_epid", "the EPID stack is installed, whose attestation ended on 2025-04-02", "attestation.legacyEpid", ""},
      {"attestation.new_platform", "the platform that was pinned at the first success may change", "--new-platform", ""},
      {"attestation.other_enclave", "other measurements are expected than the built-in ones", "", "attestation"},
      {"attestation.own_policy", "quotes are judged by a policy of the operator's", "attestation.policy", ""},
      {"attestation.weaker_mode", "the profile asks for less than quotes verified by this program", "", "attestation.mode"},
      {"callback.http", "requests reach the callback handler without TLS", "callback.url", ""},
      {"callback.none", "no callback: the co-signer signs everything it is sent", "acknowledgeNoCallback", ""},
      {"check.waived", "a failed check of the machine is passed over", "waive", ""},
      {"cosigner.other_contract", "the image is used in another way than the built-in one", "", "cosigner"},
      {"driver.out_of_tree", "a driver from outside the kernel is built and loaded as root", "sgx.driver", ""},
      {"host.other_gateway", "the pairing token goes to another host", "", "hosts.gateway"},
      {"host.other_pcs", "PCK certificates come from another host", "", "quoteProvider.intelPcsUrl"},
      {"host.other_source", "packages come from another host", "sgx.repository.mirror", "sources, platforms"},
      {"image.downgrade", "an older revision may replace a newer one", "--allow-downgrade", ""},
      {"image.other_repository", "the image comes from another registry or repository", "image.mirror", "image"},
      {"image.profile_digest", "the image's digest comes from a profile file instead of the operator", "", "image.digests"},
      {"key.other_fingerprint", "packages may be signed by another key", "sgx.repository.keyFingerprints", "keys"},
      {"packages.other_set", "other packages are installed than the built-in ones", "", "packages"},
      {"simulation.on", "a simulated machine: nothing about its hardware is true", "", "simulation"},
      {"source.http", "packages are fetched without TLS", "", "sources, platforms"},
      {"source.other_suite", "packages of another release are used", "sgx.repository.suite", ""},
      {"tls.extra_ca", "one more CA may vouch for download hosts", "tls.extraCa", ""},
      {"tls.self_signed_pccs", "the PCCS proves its identity to nobody", "sgx.pccsSelfSigned", ""},
  };
  return table;
}

std::vector<Weakening> find_weakenings(const Settings& settings, const Profile& built_in) {
  Found found(settings);
  compare_profile(settings.profile, built_in, found);
  look_at_answers(settings, built_in, found);
  return found.take();
}

std::string what_to_remove(const Weakening& weakening, const Profile& profile) {
  const auto& table = weakening_table();
  const auto row = std::find_if(table.begin(), table.end(), [&](const WeakeningRow& each) { return each.id == weakening.id; });
  if (row == table.end() || weakening.origin.rfind("--", 0) == 0) return weakening.origin;
  if (weakening.origin == profile_origin(profile)) return std::string(row->profile_key) + " from the " + weakening.origin;
  const std::string key(row->answers_key);
  return key == weakening.origin ? key : key + " (" + weakening.origin + ")";
}

std::vector<Problem> check_accepted(const std::vector<Weakening>& found, const Answers& answers, const std::string& origin) {
  std::vector<Problem> problems;
  std::set<std::string> reported;
  for (const auto& weakening : found) {
    const bool accepted = lists(answers.accept_weaker, weakening.id) || (weakening.id == "callback.none" && answers.acknowledge_no_callback);
    if (!accepted && reported.insert(weakening.id).second) {
      problems.push_back({origin, 0, "acceptWeaker", "must list \"" + weakening.id + "\" (" + weakening.what + "; from " + weakening.origin + ")"});
    }
  }
  std::vector<std::string> ids;
  for (const auto& row : weakening_table()) ids.emplace_back(row.id);
  for (const auto& id : answers.accept_weaker) {
    const bool is_found = std::any_of(found.begin(), found.end(), [&](const Weakening& each) { return each.id == id; });
    if (is_found) continue;
    const auto nearest = lists(ids, id) ? std::nullopt : nearest_name(id, ids);
    problems.push_back({origin, 0, "acceptWeaker", nearest ? "lists an unknown id; did you mean \"" + *nearest + "\"?"
                                                           : lists(ids, id) ? "lists \"" + id + "\", which nothing here needs: remove it"
                                                                            : "lists an id that does not exist"});
  }
  return problems;
}

}  // namespace cosigner::profile
