#include "installer/checks/log_look.hpp"

#include "installer/checks/matching.hpp"
#include "pairing/outcome.hpp"

namespace cosigner::checks {
namespace {

constexpr std::size_t shown_matches = 3;

}  // namespace

Observation judge_log(const Untrusted& text, std::string_view log, const std::string& name) {
  Rows rows;
  std::string evidence, what_to_do;
  bool is_serious = false;
  for (const Match& match : find_troubles(text.raw(), log)) {
    rows.push_back(match.trouble->id);
    if (rows.size() <= shown_matches) {
      evidence += (evidence.empty() ? name + ": " : "; ") + std::string("\"") +
                  safe(pairing::without_token_like(match.excerpt), 140) + "\"";
    }
    if (match.trouble->is_harmless || is_serious) continue;
    is_serious = true;
    what_to_do = match.trouble->remedy;
  }
  if (rows.empty()) return passed(name + " has no known trouble");
  if (!is_serious) return passed(evidence + ", which is harmless", rows);
  return warned(evidence, what_to_do, rows);
}

}  // namespace cosigner::checks
