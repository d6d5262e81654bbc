#include "installer/stages/source_texts.hpp"

#include "apt/source_file.hpp"

namespace cosigner::stages {

std::string uri_of(const profile::PackageSource& source) { return is_local(source) ? "file:" + Path(source.local_path).text() : source.uri; }

std::string list_prefix_of(const profile::PackageSource& source) { return apt::lists_prefix(uri_of(source), source.suite); }

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

std::vector<std::string> key_places(const profile::PackageSource& source) {
  std::vector<std::string> places{source.key_url};
  std::string base = source.uri;
  while (!base.empty() && base.back() == '/') base.pop_back();
  const bool is_mirror = !is_local(source) && !base.empty() && apt::host_of(base) != apt::host_of(source.key_url);
  if (!is_mirror) return places;
  const std::string name = source.key_url.substr(source.key_url.rfind('/') + 1);
  places.push_back(base + "/" + name);
  const std::size_t slash = base.rfind('/');
  if (slash > base.find("://") + 2) places.push_back(base.substr(0, slash) + "/" + name);
  return places;
}

host::PackageOrigin origin_of(const profile::PackageSource& source, const std::string& platform_suite) {
  return {source.source_path, list_prefix_of(source), source.packages, platform_suite};
}

}  // namespace cosigner::stages
