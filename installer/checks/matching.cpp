#include "installer/checks/matching.hpp"

#include <algorithm>

namespace cosigner::checks {
namespace {

constexpr std::size_t excerpt_length = 200;

/// Where the first fragment begins when all of them follow one another in the line.
std::size_t place_in(std::string_view line, const std::vector<std::string>& fragments) {
  std::size_t first = std::string_view::npos, from = 0;
  for (const std::string& fragment : fragments) {
    const std::size_t at = line.find(fragment, from);
    if (at == std::string_view::npos) return at;
    if (first == std::string_view::npos) first = at;
    from = at + fragment.size();
  }
  return first;
}

bool may_be_in(const Trouble& trouble, std::string_view log) {
  return log.empty() || std::find(trouble.logs.begin(), trouble.logs.end(), log) != trouble.logs.end();
}

}  // namespace

std::vector<Match> find_troubles(std::string_view text, std::string_view log) {
  std::vector<Match> found;
  for (const Trouble& trouble : catalogue()) {
    if (!trouble.quotes.empty() && may_be_in(trouble, log)) found.push_back({&trouble, 0, 0, {}});
  }
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, std::min(end - at, matched_line_limit));
    at = end + 1;
    ++number;
    for (Match& match : found) {
      const auto& quotes = match.trouble->quotes;
      std::size_t place = std::string_view::npos;
      for (std::size_t i = 0; i < quotes.size() && place == std::string_view::npos; ++i) place = place_in(line, quotes[i]);
      if (place == std::string_view::npos) continue;
      if (match.places++ != 0) continue;
      match.line = number;
      match.excerpt = line.substr(place - std::min<std::size_t>(place, 40), excerpt_length);
    }
  }
  found.erase(std::remove_if(found.begin(), found.end(), [](const Match& match) { return match.places == 0; }), found.end());
  return found;
}

bool has_token_shape(std::string_view text) {
  for (std::size_t at = text.find("eyJ"); at != std::string_view::npos; at = text.find("eyJ", at + 3)) {
    std::size_t dots = 0, end = at;
    while (end < text.size() &&
           ((text[end] >= '0' && text[end] <= '9') || (text[end] >= 'a' && text[end] <= 'z') ||
            (text[end] >= 'A' && text[end] <= 'Z') || text[end] == '-' || text[end] == '_' || text[end] == '.')) {
      if (text[end] == '.') ++dots;
      ++end;
    }
    if (dots == 2 && end - at > 60) return true;
  }
  return false;
}

}  // namespace cosigner::checks
