#include "installer/ui/wrapped.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace cosigner::ui {
namespace {

constexpr std::size_t narrowest = 20;  // columns; below it there is no room for an indentation

/// Where `columns` columns end: a code point is taken for one, as everything that can be seen here is close to it.
std::size_t end_of(std::string_view text, std::size_t columns) {
  std::size_t seen = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U && seen++ == columns) return at;
  }
  return text.size();
}

/// The last blank that leaves something in front of it within the columns, otherwise the first one behind them.
std::size_t blank_for(std::string_view line, std::size_t indent, std::size_t columns) {
  const std::size_t end = end_of(line, columns);
  if (end == line.size()) return std::string_view::npos;
  const std::size_t blank = line.rfind(' ', end);
  if (blank != std::string_view::npos && blank > indent) return blank;
  return line.find(' ', end);
}

void append_line(std::string& out, std::string_view line, std::size_t columns) {
  const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
  const std::string hanging(std::min(indent + 2, columns / 2), ' ');
  std::string rest(line);
  std::size_t inside = indent;
  for (std::size_t blank = blank_for(rest, inside, columns); blank != std::string::npos;
       blank = blank_for(rest, inside, columns)) {
    const std::size_t next = rest.find_first_not_of(' ', blank);
    if (next == std::string::npos) break;
    out.append(rest, 0, rest.find_last_not_of(' ', blank) + 1).append("\n");
    rest = hanging + rest.substr(next);
    inside = hanging.size();
  }
  out += rest;
}

}  // namespace

std::string wrapped(std::string_view text, int columns) {
  const auto width = static_cast<std::size_t>(std::max(columns, static_cast<int>(narrowest)));
  std::string out;
  bool first = true;
  for (const auto line : split(text, '\n')) {
    if (!first) out += '\n';
    first = false;
    append_line(out, line, width);
  }
  return out;
}

}  // namespace cosigner::ui
