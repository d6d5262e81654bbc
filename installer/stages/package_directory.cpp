// A directory of the operator's as a package source: a copy of the publisher's repository, held to the publisher's key.
#include "host/regular_text.hpp"
#include "installer/stages/local_repository.hpp"

namespace cosigner::stages {
namespace {

constexpr std::size_t release_limit = 1024 * 1024;

Error unusable(const std::string& what) {
  return make_error("apt.directory_unusable", what, "Copy the publisher's whole repository there (dists, pool and its key file), or name another place in sgx.repository.mirror.");
}

}  // namespace

Result<std::optional<Error>> probe_directory(const host::HostView& host, const profile::PackageSource& source) {
  const Path directory = source.local_path;
  for (Path part = directory;; part = part.parent()) {
    const auto stat = TRY(host.files().stat(part));
    if (!stat || stat->kind != host::FileKind::directory) return std::optional(unusable(part.text() + " is no directory"));
    if (!is_roots_alone(*stat)) return std::optional(others_may_change(part, *stat));
    if (part == Path("/")) break;
  }
  const auto suite = TRY(host.files().stat(directory / ("dists/" + source.suite)));
  if (!suite) return std::optional(unusable(directory.text() + " has no dists/" + source.suite));
  return std::optional<Error>();
}

Result<std::string> directory_key(const host::HostView& host, const profile::PackageSource& source) {
  const Path directory = source.local_path;
  const std::string name = source.key_url.substr(source.key_url.rfind('/') + 1);  // "intel-sgx-deb.key"
  for (const Path& place : {directory / "keys" / (source.name + ".key"), directory / name, directory / "keys" / name}) {
    std::string bytes = TRY(host::regular_text_within(host.files(), place, apt::openpgp_size_limit));
    if (!bytes.empty()) return bytes;
  }
  return unusable(directory.text() + " has no key file keys/" + source.name + ".key or " + name);
}

Result<VerifiedIndex> verify_directory(const host::HostView& host, const profile::PackageSource& source, const apt::PublicKey& key) {
  const Path folder = Path(source.local_path) / ("dists/" + source.suite);
  IndexFiles files;
  files.in_release = TRY(host::regular_text_within(host.files(), folder / "InRelease", release_limit));
  if (files.in_release.empty()) {
    files.release = TRY(host::regular_text_within(host.files(), folder / "Release", release_limit));
    files.signature = TRY(host::regular_text_within(host.files(), folder / "Release.gpg", release_limit));
  }
  VerifiedIndex out;
  out.release = TRY(verify_release(files, key, host.clock().now()));
  if (is_of_suite(out.release, source)) return out;
  return make_error("apt.index_malformed", "the index in " + folder.text() + " is of another suite than " + source.suite, "Copy the publisher's repository again.");
}

}  // namespace cosigner::stages
