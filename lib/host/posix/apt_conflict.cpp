#include "host/posix/apt_conflict.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <vector>

#include "base/text.hpp"
#include "base/untrusted.hpp"
#include "host/posix/apt_command.hpp"

namespace cosigner::host {
namespace {

struct NamedVersion {
  std::string name, version;
};

std::string text_of(const NamedVersion& package) { return shown(Untrusted(package.name), 80) + " " + shown(Untrusted(package.version), 80); }

bool is_own(const std::string& name, const PackageOrigin* origin) {
  if (origin == nullptr) return false;
  return std::any_of(origin->patterns.begin(), origin->patterns.end(), [&](const std::string& pattern) { return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0; });
}

/// "…/12-libsgx-urts_2.26.100.0-jammy1_amd64.deb" as dpkg names the archive that it works on (apt puts a number before the name).
std::optional<NamedVersion> named_by_archive(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
  const std::size_t digits = name.find_first_not_of("0123456789");
  if (digits != 0 && digits != std::string_view::npos && name[digits] == '-') name.remove_prefix(digits + 1);
  const std::size_t first = name.find('_');
  const std::size_t second = first == std::string_view::npos ? first : name.find('_', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  std::string version(name.substr(first + 1, second - first - 1));
  if (const std::size_t quoted = version.find("%3a"); quoted != std::string::npos) version.replace(quoted, 3, ":");
  return NamedVersion{std::string(name.substr(0, first)), version};
}

/// The numbers of a version in order, so that 2.9 comes before 2.25; enough for packages of one publisher.
std::vector<unsigned long long> numbers_of(std::string_view version) {
  std::vector<unsigned long long> out;
  for (std::size_t at = 0; at < version.size();) {
    const std::size_t end = std::min(version.find_first_not_of("0123456789", at), version.size());
    if (const auto number = parse_number(version.substr(at, end - at))) out.push_back(*number);
    at = end == at ? at + 1 : end;
  }
  return out;
}

struct Overlap {
  std::string file;
  NamedVersion arriving;
  NamedVersion owner;
};

std::optional<Overlap> find_overlap(std::string_view output) {
  constexpr std::string_view working = "error processing archive ", mark = "trying to overwrite '", also = "', which is also in package ";
  std::optional<NamedVersion> arriving;
  for (const std::string_view line : lines_of(output)) {
    if (const std::size_t at = line.find(working); at != std::string_view::npos) {
      const std::string_view rest = line.substr(at + working.size());
      arriving = named_by_archive(rest.substr(0, rest.find(' ')));
    }
    const std::size_t start = line.find(mark), middle = line.find(also);
    if (start == std::string_view::npos || middle == std::string_view::npos || middle < start || !arriving) continue;
    const std::string_view owner = trimmed(line.substr(middle + also.size()));
    const std::size_t blank = owner.find(' ');
    std::string name(owner.substr(0, blank));
    name = name.substr(0, name.find(':'));  // "libc6:amd64"
    const std::string version(blank == std::string_view::npos ? std::string_view() : trimmed(owner.substr(blank)));
    return Overlap{std::string(line.substr(start + mark.size(), middle - start - mark.size())), *arriving, {name, version}};
  }
  return std::nullopt;
}

std::string overlap_remedy(const Overlap& overlap, const PackageOrigin* origin) {
  const bool are_names = is_package_name(overlap.owner.name) && is_package_name(overlap.arriving.name);
  if (!are_names || !is_own(overlap.owner.name, origin) || !is_own(overlap.arriving.name, origin)) {
    return "Look at the two packages and decide which of them stays.";
  }
  if (numbers_of(overlap.owner.version) <= numbers_of(overlap.arriving.version)) {
    return "Run `apt-get purge " + overlap.owner.name + "`, which is the older one, then run again.";
  }
  return "Run `apt-get update`, so that " + overlap.arriving.name + " comes in the newer release too, then run again; or run `apt-get purge " + overlap.arriving.name +
         "` when it is a leftover.";
}

}  // namespace

std::optional<Error> describe_overlap(std::string_view output, const std::string& doing, const PackageOrigin* origin) {
  const auto overlap = find_overlap(output);
  if (!overlap) return std::nullopt;
  return make_error("packages.conflict",
                    "apt could not " + doing + ": the file " + shown(Untrusted(overlap->file), 200) + " of " + text_of(overlap->arriving) + " is also in " + text_of(overlap->owner),
                    overlap_remedy(*overlap, origin));
}

std::optional<Error> describe_wrong_suite(std::string_view output, const std::string& message, const PackageOrigin* origin) {
  if (origin == nullptr) return std::nullopt;
  std::string subject;  // apt names it in the first of its lines
  for (const std::string_view line : lines_of(output)) {
    const std::size_t depends = line.find(" : Depends: ");
    if (depends != std::string_view::npos) subject = std::string(trimmed(line.substr(0, depends)));
    if (line.find("but it is not installable") == std::string_view::npos || !is_own(subject.substr(0, subject.find(':')), origin)) continue;
    const std::string remedy = origin->system_suite.empty()
                                   ? "The publisher has no suite for this system; name one in sgx.repository.suite that was built for the same libraries."
                                   : "The package was built for another release of the system: this one's suite is " + origin->system_suite +
                                         "; remove sgx.repository.suite from the answers, or name it there.";
    return make_error("packages.conflict", message + " | " + shown(Untrusted(std::string(trimmed(line))), 200), remedy);
  }
  return std::nullopt;
}

}  // namespace cosigner::host
