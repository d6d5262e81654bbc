// An archive of a package repository (threats M3, M6): whatever is in it, only plain names within the limits are handed out, and
// only what the signed index names is written, in its bytes, beneath the repository's own folder.
#include <algorithm>
#include <set>

#include "apt/release.hpp"
#include "base/crypto.hpp"
#include "base/text.hpp"
#include "fuzz/harness/file_host.hpp"
#include "fuzz/harness/fixtures.hpp"
#include "fuzz/harness/rules.hpp"
#include "fuzz/harness/target.hpp"
#include "host/archive.hpp"
#include "installer/stages/local_repository.hpp"

using namespace cosigner;
using namespace cosigner::fuzz;

namespace {

constexpr std::size_t block = 512;
const Path archive = "/var/lib/cosigner/repository.tgz";
const std::string folder = "/opt/repository";

/// Puts the checksum right in every header of an uncompressed archive, so that the fuzzer gets past it to the fields.
std::string mended(std::string_view input) {
  std::string out(input);
  for (std::size_t at = 0; at + block <= out.size();) {
    if (out.compare(at + 257, 5, "ustar") != 0) {
      at += block;
      continue;
    }
    std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(at + 148), 8, ' ');
    unsigned sum = 0;
    for (std::size_t i = 0; i < block; ++i) sum += static_cast<unsigned char>(out[at + i]);
    for (std::size_t digit = 0; digit < 6; ++digit) out[at + 153 - digit] = static_cast<char>('0' + ((sum >> (3 * digit)) & 7u));
    out[at + 154] = '\0';
    at += block;
  }
  return out;
}

bool is_plain(const std::string& name) {
  if (name.empty() || name.front() == '/') return false;
  const auto parts = split(name, '/');
  return std::all_of(parts.begin(), parts.end(),
                     [](std::string_view part) { return !part.empty() && part != "." && part != ".."; });
}

void judge_entries(const FileHost& host) {
  host::ArchiveLimits limits;
  limits.entries = 40;
  limits.total_size = 1 << 20;
  limits.held_size = 1 << 18;
  limits.depth = 6;
  std::set<std::string> names;
  std::uint64_t held = 0;
  const Status read = for_each_archive_entry(
      host.files(), archive, limits, [](const auto&) { return true; },
      [&](const host::ArchiveEntry& entry, std::string_view content) -> Status {
        require(is_plain(entry.name) && split(entry.name, '/').size() <= limits.depth, "a name that leads elsewhere");
        require_plain(entry.name, "a name");
        require(names.insert(entry.name).second && names.size() <= limits.entries, "an entry too many");
        require(content.size() == entry.size && content.size() <= limits.held_size, "content of another size");
        held += content.size();
        require(held <= limits.total_size, "more than the limit in all");
        return {};
      });
  if (read) return;
  require_plain(read.error());
  require(read.error().code == "host.archive_unsafe" || read.error().code == "host.archive_unreadable", "an unknown refusal");
}

profile::PackageSource source() {
  profile::PackageSource wanted;
  wanted.name = "intel-sgx";
  wanted.kind = "local-archive";
  wanted.suite = "bookworm";
  wanted.local_path = folder;
  wanted.packages = {"libsgx*", "sgx-*"};
  return wanted;
}

/// The hashes that the one signed index names, and the index files themselves by their names.
bool is_allowed(const std::string& name, const std::string& content) {
  static const auto packages = apt::parse_packages_index(fixture("openpgp/local.Packages")).value();
  if (name.rfind("dists/bookworm/", 0) == 0) return true;
  return std::any_of(packages.begin(), packages.end(),
                     [&](const auto& each) { return each.path == name && each.file.sha256 == sha256_hex(content); });
}

void judge_unpacking(FileHost& host) {
  const auto before = host.model.entries;
  const auto unpacked = stages::unpack_repository(host, archive, source(), fixture_key(), std::nullopt, {});
  for (const auto& [path, entry] : host.model.entries) {
    if (before.count(path) != 0 || entry.kind == host::FileKind::directory) continue;
    require(entry.kind == host::FileKind::regular && path.rfind(folder + "/", 0) == 0,
            "something was written outside the repository");
    require(is_allowed(path.substr(folder.size() + 1), entry.content), "something was written that the index does not name");
  }
  if (!unpacked) return require_plain(unpacked.error());
  require(unpacked->packages.size() == 2, "an index that was never signed is accepted");
}

void judge(std::string bytes) {
  FileHost host;
  host.model.now = fixture_time;
  host.put(archive.text(), std::move(bytes));
  judge_entries(host);
  judge_unpacking(host);
}

}  // namespace

FUZZ_TARGET(repository_archive) {
  judge(std::string(input));
  if (input.size() >= block) judge(mended(input));
}
