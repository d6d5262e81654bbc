#include "installer/stages/source_texts.hpp"

#include "apt/source_file.hpp"

namespace cosigner::stages {

std::string uri_of(const profile::PackageSource& source) { return source.kind == local_archive_kind ? "file:" + Path(source.local_path).text() : source.uri; }

std::string source_text(const SourceFacts& facts) {
  const auto& source = facts.source;
  return apt::to_source_file({"Package source " + source.name, uri_of(source), source.suite, source.component, source.keyring_path, facts.key()->fingerprint});
}

std::string pins_text(const SourceFacts& facts) {
  apt::PinTarget target;
  if (facts.local) target = {"", facts.local->release.origin, facts.local->release.label, facts.local->release.codename};
  else target.host = apt::host_of(facts.source.uri);
  return apt::to_preferences("Package source " + facts.source.name, target, facts.source.packages);
}

}  // namespace cosigner::stages
