#include <algorithm>

#include "base/pcs_address.hpp"
#include "base/text.hpp"
#include "profile/forms.hpp"
#include "profile/profile_json.hpp"
#include "profile/profile_members.hpp"

namespace cosigner::profile {
namespace {

void check_stages(const Profile& profile, const ReadContext& context) {
  const auto& order = stage_order();
  auto at = order.begin();
  for (const auto& stage : profile.stages) {
    at = std::find(at, order.end(), stage);
    if (at == order.end()) return context.add("/stages", "must be some of these, in this order: " + joined(order, ", "));
  }
  if (profile.stages.empty()) context.add("/stages", "must name at least one stage");
}

void check_source(const PackageSource& source, const ReadContext& context) {
  const std::string where = "/keys/" + source.name;
  if (source.keys.empty()) context.add(where, "must list at least one accepted key");
  for (const auto& key : source.keys) {
    if (!is_fingerprint(key.fingerprint)) context.add(where, "a fingerprint must be 40 upper-case hex digits");
  }
  const bool archive = source.kind == "local-archive";
  const bool may_lack_suite = source.name == "intel-sgx" && !archive;  // the operator may name another system's there, and only there
  if (source.suite.empty() && !may_lack_suite) context.add("/platforms", "the source " + source.name + " needs a suite");
  if (archive && (source.archive_url.empty() || source.local_path.empty())) context.add("/platforms", "a local archive needs archiveUrl and localPath");
  if (!archive && (source.uri.empty() || source.key_url.empty())) context.add("/platforms", "a repository needs uri and keyUrl");
  if (source.keyring_path.empty() || source.source_path.empty() || source.preferences_path.empty()) {
    context.add("/sources/" + source.name, "must have keyringPath, sourcePath and preferencesPath");
  }
}

bool is_long_flag(std::string_view text) {
  return text.size() > 2 && text.substr(0, 2) == "--" && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

void check_enclave(const Profile& profile, const ReadContext& context) {
  const auto& enclave = profile.enclave;
  if (!enclave.mrsigner.empty() && !is_hex(enclave.mrsigner, 64)) context.add("/attestation/mrsigner", "must be 64 lower-case hex digits");
  if (!enclave.mrenclave.empty() && !is_hex(enclave.mrenclave, 64)) context.add("/attestation/mrenclave", "must be 64 lower-case hex digits");
  const std::string& flag = profile.cosigner.quote_flag;
  if (!flag.empty() && !is_long_flag(flag)) context.add("/cosigner/quoteFlag", "must be -- and small letters, digits and hyphens");
  if (!enclave.root_ca_pem.empty() && !profile.simulation) context.add("/attestation/rootCa", "is allowed only with \"simulation\": true");
  if (!profile.simulation_cpuid.empty() && !profile.simulation) context.add("/simulationCpuid", "is allowed only with \"simulation\": true");
}

}  // namespace

const std::vector<std::string>& stage_order() {
  static const std::vector<std::string> order = {"hardware", "apt-repo", "sgx-packages", "image",  "pairing",
                                                 "callback", "attestation", "config",     "service"};
  return order;
}

void check_members(const Profile& profile, const ReadContext& context) {
  if (profile.name.empty()) context.add("/name", "must be given");
  check_stages(profile, context);
  if (profile.platforms.empty()) context.add("/platforms", "must list at least one operating system");
  for (const auto& platform : profile.platforms) {
    check_source(platform.sgx_source, context);
    check_source(platform.engine_source, context);
  }
  for (const auto& [revision, digest] : profile.image.digests) {
    if (!is_digest(digest)) context.add("/image/digests/" + revision, "must be sha256: and 64 lower-case hex digits");
  }
  check_enclave(profile, context);
  const std::string& pcs = profile.quote_provider.intel_pcs_url;
  if (is_ended_pcs_address(pcs)) context.add("/quoteProvider/intelPcsUrl", "must name version 4: Intel's version 3 ended on " + std::string(pcs_end_of_v3));
}

}  // namespace cosigner::profile
