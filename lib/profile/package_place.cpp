#include "profile/package_place.hpp"

#include "profile/forms.hpp"

namespace cosigner::profile {

PackageSource with_answers(PackageSource source, const Answers& answers) {
  for (const auto& fingerprint : answers.key_fingerprints) source.keys.push_back({fingerprint, std::nullopt});
  if (!answers.repository_suite.empty()) source.suite = answers.repository_suite;
  const std::string directory = local_directory_of(answers.repository_mirror);
  if (!directory.empty()) {
    source.kind = directory_kind;
    source.local_path = directory;
    source.uri.clear();
    source.archive_url.clear();
  } else if (!answers.repository_mirror.empty()) {
    (source.kind == local_archive_kind ? source.archive_url : source.uri) = answers.repository_mirror;
  }
  return source;
}

}  // namespace cosigner::profile
