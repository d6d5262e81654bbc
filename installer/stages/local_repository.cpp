#include "installer/stages/local_repository.hpp"

#include <map>
#include <set>

#include "apt/key_choice.hpp"
#include "apt/source_file.hpp"
#include "base/crypto.hpp"
#include "base/text.hpp"
#include "host/archive.hpp"
#include "host/regular_text.hpp"

namespace cosigner::stages {
namespace {

constexpr std::size_t release_limit = 1024 * 1024;
constexpr std::size_t packages_limit = 16 * 1024 * 1024;
constexpr std::size_t most_key_files = 8;
constexpr const char* other_archive = "Do not use this archive; fetch it again, and tell its publisher.";

std::string suite_folder(const profile::PackageSource& source) { return "dists/" + source.suite; }
std::string list_path(const profile::PackageSource& source) { return source.component + "/binary-amd64/Packages"; }

bool is_plain_relative(const std::string& path) {
  if (path.empty() || path.front() == '/' || path.size() > 512) return false;
  for (const auto part : split(path, '/')) {
    if (part.empty() || part == "." || part == "..") return false;
    for (const char c : part) {
      if (c <= ' ' || c > '~' || c == '\\') return false;
    }
  }
  return true;
}

Error mismatch(const std::string& what) {
  return make_error("apt.index_hash_mismatch", what + " has other bytes than the signed index says", other_archive);
}

/// The archive reader's refusals are, for this stage, refusals of the package source.
Error as_source_error(Error error) {
  if (error.code != "host.archive_unsafe" && error.code != "host.archive_unreadable") return error;
  return make_error("apt.archive_unsafe", error.message, other_archive);
}

/// "top/dists/…" without its first part, which must be the same for all entries; a file outside of it is not ours.
class TopFolder {
 public:
  std::string below(const std::string& name) {
    const std::size_t slash = name.find('/');
    const std::string top = name.substr(0, slash);
    if (top_.empty()) top_ = top;
    return top != top_ || slash == std::string::npos ? std::string() : name.substr(slash + 1);
  }

 private:
  std::string top_;
};

bool is_key_file(const std::string& name) {
  constexpr std::string_view folder = "keys/", end = ".key";
  return name.size() > folder.size() + end.size() && name.rfind(folder, 0) == 0 && name.compare(name.size() - end.size(), end.size(), end) == 0;
}

Result<IndexFiles> index_of_archive(const host::FilesView& files, const Path& archive, const profile::PackageSource& source) {
  IndexFiles out;
  const std::string folder = suite_folder(source) + "/";
  const std::map<std::string, std::string*> wanted{{folder + "InRelease", &out.in_release}, {folder + "Release", &out.release}, {folder + "Release.gpg", &out.signature},
                                                   {folder + list_path(source), &out.packages}};
  host::ArchiveLimits limits;
  limits.held_size = packages_limit;
  TopFolder top;
  const auto wants = [&](const host::ArchiveEntry& entry) {
    const std::string name = top.below(entry.name);
    return wanted.count(name) != 0 || (is_key_file(name) && entry.size <= apt::openpgp_size_limit);
  };
  const Status status = for_each_archive_entry(files, archive, limits, wants, [&](const auto& entry, std::string_view content) -> Status {
    const auto index = wanted.find(top.below(entry.name));
    if (index != wanted.end()) *index->second = content;
    else if (out.key_files.size() < most_key_files) out.key_files.emplace_back(content);
    return {};
  });
  if (!status) return as_source_error(status.error());
  return out;
}

Result<IndexFiles> index_of_machine(const host::FilesView& files, const profile::PackageSource& source) {
  const Path folder = Path(source.local_path) / suite_folder(source);
  IndexFiles out;
  out.in_release = TRY(host::regular_text_within(files, folder / "InRelease", release_limit));
  if (out.in_release.empty()) {
    out.release = TRY(host::regular_text_within(files, folder / "Release", release_limit));
    out.signature = TRY(host::regular_text_within(files, folder / "Release.gpg", release_limit));
  }
  out.packages = TRY(host::regular_text_within(files, folder / list_path(source), packages_limit));
  return out;
}

/// By its own word alone: good for a refusal's wording, and for nothing else.
std::optional<Time> claimed_date(const IndexFiles& files) {
  constexpr std::string_view field = "Date: ";
  for (const std::string_view line : lines_of(files.in_release.empty() ? files.release : files.in_release)) {
    if (line.substr(0, field.size()) == field) return apt::parse_release_date(trimmed(line.substr(field.size())));
  }
  return std::nullopt;
}

class Unpacking {
 public:
  Unpacking(host::Host& host, const profile::PackageSource& source, const VerifiedIndex& index, const host::ProgressSink& progress) : host_(host), source_(source), progress_(progress) {
    for (const auto& package : index.packages) {
      missing_[package.path] = package.file;
      total_ += package.file.size;
    }
    // apt reads the list in the form that the index offers first, which is a compressed one, and does not fall back for a `file:` source.
    for (const auto& [name, file] : index.release.files) {
      if (name.rfind(list_path(source) + ".", 0) == 0) compressed_lists_[suite_folder(source) + "/" + name] = file;
    }
  }

  Status take_packages(const Path& archive) {
    TopFolder top;
    const Status status = for_each_archive_entry(host_.files(), archive, {}, [&](const auto& entry) { return is_wanted(top.below(entry.name)); },
                                                 [&](const auto& entry, std::string_view content) { return take(top.below(entry.name), content); });
    if (!status) return as_source_error(status.error());
    if (missing_.empty()) return {};
    return make_error("apt.archive_incomplete", "the archive lacks " + std::to_string(missing_.size()) + " package files that its index names, e.g. " + shown(Untrusted(missing_.begin()->first)), other_archive);
  }

  Status write_index(const IndexFiles& files) {
    const std::string folder = suite_folder(source_) + "/";
    TRY(write(folder + list_path(source_), files.packages));
    if (!files.in_release.empty()) return write(folder + "InRelease", files.in_release);
    // An index with its signature inside, from before, would be read in this one's place.
    const Path former = Path(source_.local_path) / (folder + "InRelease");
    if (TRY(host_.files().stat(former))) TRY(host_.change_files().remove(former));
    TRY(write(folder + "Release.gpg", files.signature));
    return write(folder + "Release", files.release);
  }

 private:
  bool is_wanted(const std::string& name) const { return missing_.count(name) != 0 || compressed_lists_.count(name) != 0; }

  Status take(const std::string& name, std::string_view content) {
    const auto list = compressed_lists_.find(name);
    const apt::ListedFile listed = list != compressed_lists_.end() ? list->second : missing_.at(name);
    if (content.size() != listed.size || sha256_hex(content) != listed.sha256) return mismatch(shown(Untrusted(name)));
    TRY(write(name, content));
    if (list != compressed_lists_.end()) return {};
    missing_.erase(name);
    done_ += content.size();
    if (progress_) progress_({"unpacking packages", done_, total_, {}});
    return {};
  }

  Status write(const std::string& name, std::string_view content) {
    const Path target = Path(source_.local_path) / name;
    const auto there = TRY(host_.files().stat(target));
    const host::FileAttributes attributes{{0644}, {}};
    const bool is_same = there && there->kind == host::FileKind::regular && there->size == content.size() && there->attributes == attributes;
    if (is_same && TRY(host_.files().sha256(target)) == sha256_hex(content)) return {};
    TRY(make_folder(target.parent()));
    return host_.change_files().write_atomic(target, content, attributes);
  }

  /// Every folder from the repository's own on, since apt reads it as a user of its own and a loose umask or an older run must not matter.
  Status make_folder(const Path& folder) {
    if (!made_.insert(folder.text()).second) return {};
    if (folder != Path(source_.local_path) && folder.is_within(source_.local_path)) TRY(make_folder(folder.parent()));
    const auto there = TRY(host_.files().stat(folder));
    const host::FileAttributes attributes{{0755}, {}};
    if (there && there->kind == host::FileKind::directory && there->attributes == attributes) return {};
    return host_.change_files().make_dir(folder, attributes);
  }

  host::Host& host_;
  const profile::PackageSource& source_;
  const host::ProgressSink& progress_;
  std::map<std::string, apt::ListedFile> missing_;
  std::map<std::string, apt::ListedFile> compressed_lists_;
  std::set<std::string> made_;
  std::uint64_t done_ = 0, total_ = 0;
};

}  // namespace

Result<apt::Release> verify_release(const IndexFiles& files, const apt::PublicKey& key, Time now) {
  if (!files.in_release.empty()) return apt::parse_release(TRY(apt::verify_clearsigned(key, files.in_release, now)));
  if (files.release.empty() || files.signature.empty()) {
    return make_error("apt.index_unsigned", "the repository's index carries no signature", "Use a source that its publisher signs; an unsigned one is never accepted.");
  }
  TRY(apt::verify_detached(key, files.release, files.signature, now));
  return apt::parse_release(files.release);
}

bool is_of_suite(const apt::Release& release, const profile::PackageSource& source) { return release.codename == source.suite || release.suite == source.suite; }

Error index_older(Time date, Time newest_seen) {
  return make_error("apt.index_older", "the index is of " + to_date(date) + ", older than one seen before, of " + to_date(newest_seen),
                    "Find out why the source offers an old index, or use another mirror; what is installed goes on working.");
}

Result<VerifiedIndex> verify_index(const IndexFiles& files, const profile::PackageSource& source, const apt::PublicKey& key, Time now) {
  VerifiedIndex out;
  out.release = TRY(verify_release(files, key, now));
  if (!is_of_suite(out.release, source)) return make_error("apt.index_malformed", "the index is of another suite than " + source.suite, other_archive);
  const auto listed = out.release.files.find(list_path(source));
  if (listed == out.release.files.end()) return make_error("apt.index_malformed", "the index does not list " + list_path(source), other_archive);
  if (files.packages.size() != listed->second.size || sha256_hex(files.packages) != listed->second.sha256) return mismatch("the package list");
  for (auto& package : TRY(apt::parse_packages_index(files.packages))) {
    if (!apt::matches_any(package.name, source.packages)) continue;
    if (!is_plain_relative(package.path)) return make_error("apt.index_malformed", "the index names a package file outside the repository", other_archive);
    out.packages.push_back(std::move(package));
  }
  return out;
}

Result<std::optional<VerifiedIndex>> probe_local_repository(const host::HostView& host, const profile::PackageSource& source, const apt::PublicKey& key) {
  const IndexFiles files = TRY(index_of_machine(host.files(), source));
  auto index = verify_index(files, source, key, host.clock().now());
  if (!index) return std::optional<VerifiedIndex>();
  for (const auto& package : index->packages) {
    const auto stat = TRY(host.files().stat(Path(source.local_path) / package.path));
    if (!stat || stat->kind != host::FileKind::regular || stat->size != package.file.size) return std::optional<VerifiedIndex>();
  }
  return std::optional(std::move(*index));
}

Result<std::optional<apt::PublicKey>> signer_of_archive(const host::HostView& host, const Path& archive, const profile::PackageSource& source,
                                                        const std::vector<apt::PublicKey>& known, const std::vector<std::string>& accepted,
                                                        std::optional<Time> newest_seen) {
  const Time now = host.clock().now();
  const auto files = index_of_archive(host.files(), archive, source);
  if (!files && files.error().code.rfind("apt.", 0) != 0) return files.error();
  if (!files) return std::optional<apt::PublicKey>();
  std::vector<apt::PublicKey> keys = known;
  for (const auto& file : files->key_files)
    if (auto key = apt::choose_key(file, accepted, now)) keys.push_back(std::move(*key));
  for (auto& key : keys) {
    const auto release = verify_release(*files, key, now);
    if (release && !(newest_seen && release->date < *newest_seen)) return std::optional(std::move(key));
  }
  return std::optional<apt::PublicKey>();
}

Result<VerifiedIndex> unpack_repository(host::Host& host, const Path& archive, const profile::PackageSource& source, const apt::PublicKey& key,
                                        std::optional<Time> newest_seen, const host::ProgressSink& progress) {
  const IndexFiles files = TRY(index_of_archive(host.files(), archive, source));
  auto verified = verify_index(files, source, key, host.clock().now());
  if (!verified) {
    // An old archive after a change of keys is refused for its age: that says more than a signature that cannot be checked any more.
    const auto date = verified.error().code == "apt.index_signature_invalid" ? claimed_date(files) : std::nullopt;
    if (date && newest_seen && *date < *newest_seen) return index_older(*date, *newest_seen).followed_by(verified.error());
    return std::move(verified).error();
  }
  VerifiedIndex index = std::move(*verified);
  if (newest_seen && index.release.date < *newest_seen) {
    return index_older(index.release.date, *newest_seen);
  }
  Unpacking work(host, source, index, progress);
  TRY(work.take_packages(archive));
  TRY(work.write_index(files));
  return index;
}

}  // namespace cosigner::stages
