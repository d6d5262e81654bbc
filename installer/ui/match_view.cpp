// What was found in somebody's log; declared in doctor_view.hpp.
#include <nlohmann/json.hpp>

#include "base/untrusted.hpp"
#include "installer/ui/doctor_view.hpp"

namespace cosigner::ui {

std::string match_text(const std::vector<MatchedTrouble>& found) {
  if (found.empty()) return "no known trouble\n";
  std::string text;
  for (const auto& each : found) {
    text += each.id + "  " + each.symptom + "\n    line " + std::to_string(each.line) +
            (each.places > 1 ? " and " + std::to_string(each.places - 1) + " more" : "") + ": " +
            shown(Untrusted(each.excerpt), 160) + "\n    " + each.cause + "\n    > " + each.remedy + "\n";
  }
  return text;
}

std::string match_document(const std::vector<MatchedTrouble>& found) {
  using nlohmann::json;
  json rows = json::array();
  for (const auto& each : found) {
    rows.push_back({{"id", each.id},
                    {"line", each.line},
                    {"places", each.places},
                    {"symptom", each.symptom},
                    {"cause", each.cause},
                    {"remedy", each.remedy},
                    {"excerpt", shown(Untrusted(each.excerpt), 160)}});
  }
  return json({{"schema", "cosigner.match/1"}, {"found", rows}}).dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace cosigner::ui
