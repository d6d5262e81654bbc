#include "apt/release.hpp"

#include <array>

#include "apt/deb822.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"

namespace cosigner::apt {
namespace {

Error malformed(const std::string& what) {
  return make_error("apt.index_malformed", "the index of the package source is malformed: " + what,
                    "Fetch the source again, and ask its publisher when that does not help.");
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> out;
  for (const auto part : split(text, ' ')) {
    if (!part.empty()) out.push_back(part);
  }
  return out;
}

std::optional<unsigned> month_of(std::string_view name) {
  static constexpr std::array<std::string_view, 12> names{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  for (unsigned i = 0; i < names.size(); ++i) {
    if (names[i] == name) return i + 1;
  }
  return std::nullopt;
}

std::optional<std::chrono::seconds> clock_of(std::string_view text) {
  const auto parts = split(text, ':');
  if (parts.size() != 3) return std::nullopt;
  std::array<long long, 3> numbers{};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto number = parse_number(parts[i]);
    if (parts[i].size() > 2 || !number || *number > 60) return std::nullopt;
    numbers[i] = static_cast<long long>(*number);
  }
  return std::chrono::seconds(numbers[0] * 3600 + numbers[1] * 60 + numbers[2]);
}

std::optional<ListedFile> listed_file(std::string_view hash, std::string_view size) {
  const auto number = parse_number(size);
  const std::string digest = lower(hash);
  if (!number || digest.size() != 64 || !from_hex(digest)) return std::nullopt;
  return ListedFile{digest, *number};
}

}  // namespace

std::optional<Time> parse_release_date(std::string_view text) {
  const auto words = words_of(text);
  if (words.size() != 6 || (words[5] != "UTC" && words[5] != "GMT" && words[5] != "Z" && words[5] != "+0000")) return std::nullopt;
  const auto day = parse_number(words[1]);
  const auto month = month_of(words[2]);
  const auto year = parse_number(words[3]);
  const auto clock = clock_of(words[4]);
  if (!day || !month || !year || !clock || *year < 1970 || *year > 9999) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month), std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return Time(std::chrono::sys_days(date)) + *clock;
}

Result<Release> parse_release(std::string_view text) {
  const auto paragraphs = parse_deb822(text);
  if (!paragraphs || paragraphs->size() != 1) return malformed("it is not one paragraph of fields");
  const Paragraph& fields = paragraphs->front();
  Release out{fields.value("Origin"), fields.value("Label"), fields.value("Suite"), fields.value("Codename"), {}, {}, {}};
  const auto date = parse_release_date(fields.value("Date"));
  if (!date) return malformed("it has no readable date");
  out.date = *date;
  if (const auto* until = fields.find("Valid-Until")) {
    out.valid_until = parse_release_date(*until);
    if (!out.valid_until) return malformed("its end of validity cannot be read");
  }
  const std::string list = fields.value("SHA256");
  for (const std::string_view line : lines_of(list)) {
    const auto words = words_of(line);
    if (words.empty()) continue;
    const auto file = words.size() == 3 ? listed_file(words[0], words[1]) : std::nullopt;
    if (!file) return malformed("a line of its SHA256 list cannot be read");
    out.files[std::string(words[2])] = *file;
  }
  if (out.files.empty()) return malformed("it lists no SHA256");
  return out;
}

Result<std::vector<IndexedPackage>> parse_packages_index(std::string_view text) {
  const auto paragraphs = parse_deb822(text);
  if (!paragraphs) return malformed("its package list, " + paragraphs.error().message);
  std::vector<IndexedPackage> out;
  for (const Paragraph& fields : *paragraphs) {
    const auto file = listed_file(fields.value("SHA256"), fields.value("Size"));
    IndexedPackage package{fields.value("Package"), fields.value("Version"), fields.value("Filename"), file.value_or(ListedFile{})};
    if (!file || package.name.empty() || package.path.empty()) {
      return malformed("a package at line " + std::to_string(fields.line) + " of its list lacks name, path, size or hash");
    }
    if (package.path.substr(0, 2) == "./") package.path.erase(0, 2);
    out.push_back(std::move(package));
  }
  return out;
}

}  // namespace cosigner::apt
