// A directory of the operator's as a package source: a copy of the publisher's repository, held to the publisher's key.
#include "installer/stages/local_repository.hpp"

namespace cosigner::stages {
namespace {

constexpr std::size_t release_limit = 1024 * 1024;

Result<std::string> read_or_empty(const host::FilesView& files, const Path& path, std::size_t limit) {
  const auto stat = TRY(files.stat(path));
  if (!stat || stat->kind != host::FileKind::regular || stat->size > limit) return std::string();
  return TRY(files.read(path, limit)).value_or(std::string());
}

Error unusable(const std::string& what) {
  return make_error("apt.directory_unusable", what, "Copy the publisher's whole repository there (dists, pool and its key file), or name another place in sgx.repository.mirror.");
}

}  // namespace

Result<std::optional<Error>> probe_directory(const host::HostView& host, const profile::PackageSource& source) {
  const Path directory = source.local_path;
  for (Path part = directory;; part = part.parent()) {
    const auto stat = TRY(host.files().stat(part));
    if (!stat || stat->kind != host::FileKind::directory) return std::optional(unusable(part.text() + " is no directory"));
    const bool is_roots_alone = stat->attributes.owner.uid == 0 && (stat->attributes.mode.bits & 0022u) == 0;
    if (!is_roots_alone) {
      return std::optional(make_error("apt.directory_unsafe", part.text() + " is not root's, or others may write there, so that they could change what is installed",
                                      "Run `chown root` and `chmod go-w` on " + part.text() + " after a look at what lies there, or use another directory."));
    }
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
    std::string bytes = TRY(read_or_empty(host.files(), place, apt::openpgp_size_limit));
    if (!bytes.empty()) return bytes;
  }
  return unusable(directory.text() + " has no key file keys/" + source.name + ".key or " + name);
}

Result<VerifiedIndex> verify_directory(const host::HostView& host, const profile::PackageSource& source, const apt::PublicKey& key) {
  const Path folder = Path(source.local_path) / ("dists/" + source.suite);
  IndexFiles files;
  files.in_release = TRY(read_or_empty(host.files(), folder / "InRelease", release_limit));
  if (files.in_release.empty()) {
    files.release = TRY(read_or_empty(host.files(), folder / "Release", release_limit));
    files.signature = TRY(read_or_empty(host.files(), folder / "Release.gpg", release_limit));
  }
  VerifiedIndex out;
  out.release = TRY(verify_release(files, key, host.clock().now()));
  if (is_of_suite(out.release, source)) return out;
  return make_error("apt.index_malformed", "the index in " + folder.text() + " is of another suite than " + source.suite, "Copy the publisher's repository again.");
}

}  // namespace cosigner::stages
