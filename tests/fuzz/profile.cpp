// A profile file: what is accepted has the trust anchors in their forms and its stages in their order.
#include <algorithm>

#include "fuzz/harness/rules.hpp"
#include "fuzz/harness/target.hpp"
#include "profile/forms.hpp"
#include "profile/profile_json.hpp"

using namespace cosigner;
using namespace cosigner::fuzz;

namespace {

void require_source(const profile::PackageSource& source) {
  require(!source.keys.empty(), "a source without an accepted key");
  for (const auto& key : source.keys) require(profile::is_fingerprint(key.fingerprint), "a fingerprint in another form");
  require(!source.keyring_path.empty() && !source.source_path.empty() && !source.preferences_path.empty(),
          "a source without paths");
}

void require_order(const std::vector<std::string>& stages) {
  auto at = profile::stage_order().begin();
  for (const auto& stage : stages) {
    at = std::find(at, profile::stage_order().end(), stage);
    require(at != profile::stage_order().end(), "a stage out of order");
  }
}

}  // namespace

FUZZ_TARGET(profile) {
  const auto read = profile::parse_profile(with_canary(input), "profile lab.json");
  if (!read) {
    require_plain(read.error());
    for (const auto& line : read.error().context) require_no_canary(line, "a problem");
    return;
  }
  require(!read->name.empty() && !read->stages.empty() && !read->platforms.empty(),
          "a profile without name, stages or platforms");
  require_order(read->stages);
  for (const auto& platform : read->platforms) {
    require_source(platform.sgx_source);
    require_source(platform.engine_source);
  }
  for (const auto& [revision, digest] : read->image.digests) require(profile::is_digest(digest), "a digest in another form");
  require(read->simulation || (read->enclave.root_ca_pem.empty() && read->simulation_cpuid.empty()),
          "another root without simulation");
}
