#include "installer/checks/texts.hpp"

#include <algorithm>

#include "apt/deb822.hpp"
#include "base/shipped.hpp"
#include "base/text.hpp"

namespace cosigner::checks {
namespace {

constexpr std::string_view gap = " … ";  // between the fragments of a quote

std::string_view shipped_text(std::string_view name) {
  for (const auto& file : shipped_files()) {
    if (file.name == name) return file.bytes;
  }
  return {};
}

std::vector<apt::Paragraph> paragraphs(std::string_view name) { return apt::parse_deb822(shipped_text(name)).value_or({}); }

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> out;
  for (const std::string_view word : split(text, ' ')) {
    if (!word.empty()) out.emplace_back(word);
  }
  return out;
}

std::vector<std::string> fragments_of(std::string_view quote) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at <= quote.size();) {
    const std::size_t end = std::min(quote.find(gap, at), quote.size());
    out.emplace_back(quote.substr(at, end - at));
    at = end == quote.size() ? end + 1 : end + gap.size();
  }
  return out;
}

std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return text;
}

/// The check that reads a log of the machine; a row whose words may be in it is recognised by that check.
std::string check_of_log(const std::string& log) {
  if (log == "kernel") return "kernel.log";
  if (log == "aesm") return "aesm.log";
  if (log == "cosigner") return "cosigner.log";
  return log == "dpkg" ? "apt.log" : "platform.registered";
}

Trouble trouble_of(const apt::Paragraph& row) {
  Trouble out;
  out.id = row.value("Id");
  out.symptom = one_line(row.value("Symptom"));
  out.cause = one_line(row.value("Cause"));
  out.remedy = one_line(row.value("Remedy"));
  out.owner = row.value("Owner");
  out.checks = words_of(row.value("Checks"));
  out.reason = one_line(row.value("Reason"));
  out.logs = words_of(row.value("Logs"));
  for (const std::string& log : out.logs) {
    const std::string check = check_of_log(log);
    if (std::find(out.checks.begin(), out.checks.end(), check) == out.checks.end()) out.checks.push_back(check);
  }
  out.is_harmless = row.value("Harmless") == "yes";
  const std::string quotes = row.value("Quotes");
  for (const std::string_view line : lines_of(quotes)) {
    if (!trimmed(line).empty()) out.quotes.push_back(fragments_of(trimmed(line)));
  }
  return out;
}

}  // namespace

const std::vector<std::pair<std::string, std::string>>& remedies() {
  static const auto all = [] {
    std::vector<std::pair<std::string, std::string>> out;
    for (const std::string_view line : lines_of(shipped_text("texts/remedies.txt"))) {
      const std::size_t colon = line.find(": ");
      if (line.empty() || line.front() == '#' || colon == std::string_view::npos) continue;
      out.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 2)));
    }
    return out;
  }();
  return all;
}

std::string remedy(std::string_view name, std::string_view detail) {
  for (const auto& [known, sentence] : remedies()) {
    if (known != name) continue;
    std::string out = sentence;
    if (const std::size_t at = out.find("%1"); at != std::string::npos) out.replace(at, 2, detail);
    return out;
  }
  return {};
}

const std::vector<Trouble>& catalogue() {
  static const auto all = [] {
    std::vector<Trouble> out;
    for (const auto& row : paragraphs("texts/catalogue.txt")) out.push_back(trouble_of(row));
    return out;
  }();
  return all;
}

const Trouble* find_trouble(std::string_view id) {
  for (const Trouble& trouble : catalogue()) {
    if (trouble.id == id) return &trouble;
  }
  return nullptr;
}

std::optional<Support> support_of(std::string_view system) {
  const auto day = [](const std::string& date) { return parse_time(date + "T00:00:00Z"); };
  for (const auto& row : paragraphs("texts/lifecycle.txt")) {
    if (row.value("Id") != system) continue;
    const auto until = day(row.value("Until")), longer = day(row.value("Longer"));
    if (until && longer) return Support{*until, *longer, row.value("By"), row.value("Paid") == "yes"};
  }
  return std::nullopt;
}

std::string about_check(std::string_view id) {
  static const auto all = paragraphs("texts/checks.txt");
  for (const auto& paragraph : all) {
    if (paragraph.value("Id") == id) return one_line(paragraph.value("About"));
  }
  return {};
}

}  // namespace cosigner::checks
