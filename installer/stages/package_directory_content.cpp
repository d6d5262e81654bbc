// What lies in a directory of the operator's from which packages are taken: nobody but root may be able to change it.
#include <set>

#include "apt/source_file.hpp"
#include "base/crypto.hpp"
#include "host/regular_text.hpp"
#include "installer/stages/local_repository.hpp"

namespace cosigner::stages {
namespace {

using host::FileKind;

constexpr std::size_t packages_limit = 16 * 1024 * 1024;
constexpr std::size_t most_entries = 50'000;
constexpr std::size_t deepest = 16;

class Content {
 public:
  Content(const host::FilesView& files, const profile::PackageSource& source) : files_(files), source_(source), top_(source.local_path), suite_("dists/" + source.suite) {}

  Result<std::optional<Error>> judge(const apt::Release& release) {
    for (const char* name : {"InRelease", "Release", "Release.gpg"}) TRY(look_at(top_ / suite_ / name));
    const Path lists = top_ / suite_ / source_.component / "binary-amd64";
    TRY(look_at_all(lists, 0, false));
    const auto named = TRY(named_files(release, lists / "Packages"));
    if (!named) TRY(look_at_all(top_, 0, true));
    else
      for (const auto& path : *named) TRY(look_at(top_ / path));
    return error_;
  }

 private:
  /// Paths of the source's packages; nothing when there is no list that the index vouches for.
  Result<std::optional<std::vector<std::string>>> named_files(const apt::Release& release, const Path& list) const {
    std::optional<std::vector<std::string>> out;
    const auto listed = release.files.find(source_.component + "/binary-amd64/Packages");
    const std::string text = TRY(host::regular_text_within(files_, list, packages_limit));
    if (listed == release.files.end() || text.size() != listed->second.size || sha256_hex(text) != listed->second.sha256) return out;
    out.emplace();
    for (const auto& package : TRY(apt::parse_packages_index(text)))
      if (apt::matches_any(package.name, source_.packages)) out->push_back(package.path);
    return out;
  }

  /// The entry, and each folder between it and the directory. What is absent is apt's to say.
  Status look_at(const Path& place) {
    const auto stat = TRY(files_.stat(place));
    if (stat) TRY(look_at_way(place));
    return {};
  }

  Status look_at_way(const Path& place) {
    for (Path part = place; !error_ && part != top_ && part.is_within(top_) && seen_.insert(part.text()).second; part = part.parent()) {
      const auto stat = TRY(files_.stat(part));
      const bool is_plain = stat && (stat->kind == FileKind::directory || (part == place && stat->kind == FileKind::regular));
      if (stat && is_plain && !is_roots_alone(*stat)) error_ = others_may_change(part, *stat);
      if (!is_plain) error_ = make_error("apt.directory_unsafe", part.text() + " is a link or something else than a file or a directory, so that what is installed from there may change", "Put the file itself there, or use another directory.");
    }
    return {};
  }

  /// Everything below a folder, or only the files that are called like packages of the source.
  Status look_at_all(const Path& folder, std::size_t depth, bool only_packages) {
    if (depth > deepest) return {};
    for (const auto& name : TRY(files_.list(folder))) {
      if (error_) return {};
      if (++count_ > most_entries) return too_many();
      const Path place = folder / name;
      const auto stat = TRY(files_.stat(place));
      if (!stat) continue;
      if (stat->kind == FileKind::directory) TRY(look_at_all(place, depth + 1, only_packages));
      else if (!only_packages || apt::matches_any(name.substr(0, name.find('_')), source_.packages)) TRY(look_at_way(place));
    }
    return {};
  }

  Status too_many() {
    error_ = make_error("apt.directory_unusable", top_.text() + " has more than " + std::to_string(most_entries) + " entries, and no plain list of packages that fits its index",
                        "Put the list " + suite_ + "/" + source_.component + "/binary-amd64/Packages there, unpacked, or copy the publisher's repository alone.");
    return {};
  }

  const host::FilesView& files_;
  const profile::PackageSource& source_;
  Path top_;
  std::string suite_;
  std::set<std::string> seen_;
  std::size_t count_ = 0;
  std::optional<Error> error_;
};

}  // namespace

bool is_roots_alone(const host::FileStat& stat) { return stat.attributes.owner.uid == 0 && (stat.attributes.mode.bits & 0022u) == 0; }

Error others_may_change(const Path& place, const host::FileStat& stat) {
  const auto& [mode, owner] = stat.attributes;
  std::string bits;
  for (int shift = 9; shift >= 0; shift -= 3) bits += static_cast<char>('0' + ((mode.bits >> shift) & 7u));
  return make_error("apt.directory_unsafe", place.text() + " is not root's, or others may write there (user " + std::to_string(owner.uid) + ", group " + std::to_string(owner.gid) + ", mode " + bits + "), so that they could change what is installed",
                    "Run `chown root` and `chmod go-w` on " + place.text() + " after a look at what lies there, or use another directory.");
}

Result<std::optional<Error>> probe_directory_content(const host::HostView& host, const profile::PackageSource& source, const apt::Release& release) {
  return Content(host.files(), source).judge(release);
}

}  // namespace cosigner::stages
