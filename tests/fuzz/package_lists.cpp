// The lists of a package source: an index, its packages, and the syntax of both.
#include "apt/deb822.hpp"
#include "apt/release.hpp"
#include "base/text.hpp"
#include "fuzz/harness/rules.hpp"
#include "fuzz/harness/target.hpp"

using namespace cosigner;
using namespace cosigner::fuzz;

namespace {

void require_listed(const apt::ListedFile& file) {
  require(file.sha256.size() == 64 && file.sha256.find_first_not_of("0123456789abcdef") == std::string::npos,
          "a hash in another form");
}

void judge_release(std::string_view text) {
  const auto release = apt::parse_release(text);
  if (!release) return require_plain(release.error());
  require(!release->files.empty() && release->date >= Time{}, "an index without files or date");
  for (const auto& [path, file] : release->files) {
    require(!path.empty(), "a file without a path");
    require_listed(file);
  }
}

void judge_packages(std::string_view text) {
  const auto packages = apt::parse_packages_index(text);
  if (!packages) return require_plain(packages.error());
  for (const auto& package : *packages) {
    require(!package.name.empty() && !package.path.empty(), "a package without name or path");
    require_listed(package.file);
  }
}

/// Rendering is stable: what was rendered once is read and rendered to the same.
void judge_syntax(std::string_view text) {
  const auto paragraphs = apt::parse_deb822(text);
  if (!paragraphs) return require_plain(paragraphs.error());
  for (const auto& paragraph : *paragraphs) {
    require(!paragraph.fields.empty(), "a paragraph without fields");
    const std::string once = to_deb822(paragraph);
    const auto again = apt::parse_deb822(once);
    require(again.ok() && again->size() == 1, "a rendered paragraph is refused");
    require(again->front().fields.size() == paragraph.fields.size(), "a rendered paragraph has other fields");
    require(to_deb822(again->front()) == once, "a paragraph changes when it is rendered");
  }
}

}  // namespace

FUZZ_TARGET(package_lists) {
  judge_release(input);
  judge_packages(input);
  judge_syntax(input);
}
