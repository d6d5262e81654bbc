#include "apt/deb822.hpp"

#include "base/text.hpp"

namespace cosigner::apt {
namespace {

Error malformed(std::size_t line, const std::string& what) {
  return make_error("apt.file_malformed", "line " + std::to_string(line) + ": " + what, "Correct or remove the file.");
}

bool is_name(std::string_view name) {
  if (name.empty() || name.front() == '-') return false;
  for (const char c : name) {
    if (c <= ' ' || c > '~' || c == ':') return false;
  }
  return true;
}

}  // namespace

const std::string* Paragraph::find(std::string_view name) const {
  const std::string wanted = lower(name);
  for (const auto& [field, value] : fields) {
    if (lower(field) == wanted) return &value;
  }
  return nullptr;
}

std::string Paragraph::value(std::string_view name) const {
  const std::string* found = find(name);
  return found == nullptr ? std::string() : *found;
}

Result<std::vector<Paragraph>> parse_deb822(std::string_view text) {
  if (text.size() > deb822_size_limit) return malformed(1, "the file has more than 16 MiB");
  std::vector<Paragraph> out;
  bool inside = false;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(text)) {
    ++number;
    if (!line.empty() && line.front() == '#') continue;
    if (trimmed(line).empty()) {
      inside = false;
      continue;
    }
    if (line.front() == ' ' || line.front() == '\t') {
      if (!inside) return malformed(number, "a continuation line without a field");
      out.back().fields.back().second += "\n" + std::string(trimmed(line));
      continue;
    }
    const std::size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon == std::string_view::npos ? 0 : colon);
    if (!is_name(name)) return malformed(number, "neither a field nor a continuation");
    if (!inside) out.push_back({{}, number});
    if (inside && out.back().find(name) != nullptr) return malformed(number, "a field appears twice");
    inside = true;
    out.back().fields.emplace_back(std::string(name), std::string(trimmed(line.substr(colon + 1))));
  }
  return out;
}

std::string to_deb822(const Paragraph& paragraph) {
  std::string out;
  for (const auto& [name, value] : paragraph.fields) {
    out += name + ":";
    const auto lines = lines_of(value);
    for (std::size_t i = 0; i < lines.size(); ++i) out += (i == 0 ? " " : "\n ") + std::string(lines[i].empty() ? "." : lines[i]);
    out += "\n";
  }
  return out;
}

}  // namespace cosigner::apt
