#include "apt/source_list.hpp"

#include "apt/deb822.hpp"
#include "apt/source_file.hpp"
#include "base/path.hpp"
#include "base/text.hpp"

namespace cosigner::apt {
namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  std::string word;
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
      word += c;
    } else if (!word.empty()) {
      out.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) out.push_back(word);
  return out;
}

bool is_yes(std::string_view text) {
  const std::string word = lower(text);
  return word == "yes" || word == "true" || word == "1" || word == "on" || word == "enable" || word == "with";
}

std::string local_path_of(std::string_view uri) {
  const std::size_t colon = uri.find(':');
  if (colon == std::string_view::npos || (uri.substr(0, colon) != "file" && uri.substr(0, colon) != "copy")) return {};
  std::string_view path = uri.substr(colon + 1);
  while (path.substr(0, 2) == "//") path.remove_prefix(1);
  return path.empty() || path.front() != '/' ? std::string() : Path(path).text();
}

}  // namespace

std::vector<ListedSource> parse_source_list(const std::string& file, std::string_view text) {
  std::vector<ListedSource> out;
  std::size_t number = 0;
  for (std::string_view line : lines_of(text)) {
    ++number;
    line = trimmed(line.substr(0, line.find('#')));
    const bool is_entry = line.substr(0, 4) == "deb " || line.substr(0, 4) == "deb\t" || line.substr(0, 8) == "deb-src ";
    if (!is_entry) continue;
    ListedSource entry{file, number, {}, false};
    std::string_view rest = trimmed(line.substr(line.find_first_of(" \t")));
    if (!rest.empty() && rest.front() == '[') {
      const std::size_t end = rest.find(']');
      if (end == std::string_view::npos) continue;
      for (const auto& option : words_of(rest.substr(1, end - 1))) {
        const std::string name = lower(option.substr(0, option.find('=')));
        if (name == "trusted" && option.size() > 8) entry.trusted = is_yes(std::string_view(option).substr(8));
      }
      rest = trimmed(rest.substr(end + 1));
    }
    const auto words = words_of(rest);
    if (words.empty()) continue;
    entry.uris.push_back(words.front());
    out.push_back(std::move(entry));
  }
  return out;
}

std::vector<ListedSource> parse_source_paragraphs(const std::string& file, std::string_view text) {
  std::vector<ListedSource> out;
  const auto paragraphs = parse_deb822(text);
  if (!paragraphs) return out;
  for (const auto& fields : *paragraphs) {
    const std::string* enabled = fields.find("Enabled");
    if (enabled != nullptr && !is_yes(*enabled)) continue;
    out.push_back({file, fields.line, words_of(fields.value("URIs")), is_yes(fields.value("Trusted"))});
  }
  return out;
}

bool has_same_origin(const ListedSource& entry, std::string_view uri) {
  const std::string host = host_of(uri);
  const std::string folder = local_path_of(uri);
  for (const auto& other : entry.uris) {
    if (!host.empty() && host_of(other) == host) return true;
    const std::string other_folder = local_path_of(other);
    if (!folder.empty() && !other_folder.empty() && Path(other_folder).is_within(Path(folder))) return true;
  }
  return false;
}

}  // namespace cosigner::apt
