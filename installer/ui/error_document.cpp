#include "installer/ui/error_document.hpp"

#include <nlohmann/json.hpp>

#include "base/shown_json.hpp"
#include "report/error_json.hpp"

namespace cosigner::ui {

using nlohmann::json;

std::string error_document(const Error& error, report::ExitCode code) {
  return to_shown_json_line({{"schema", "cosigner.error/1"}, {"exit_code", static_cast<int>(code)}, {"error", report::json_of(error)}});
}

std::string version_document(const std::string& version, const std::string& build_date, const std::vector<std::pair<std::string, std::string>>& libraries) {
  json linked = json::object();
  for (const auto& [name, text] : libraries) linked[name] = text;
  const json document = {{"schema", "cosigner.version/1"}, {"version", version}, {"built", build_date.empty() ? json() : json(build_date)}, {"libraries", linked}};
  return to_shown_json(document);
}

std::string profiles_document(const std::vector<std::pair<std::string, std::string>>& names_and_titles) {
  json list = json::array();
  for (const auto& [name, title] : names_and_titles) list.push_back({{"name", name}, {"title", title}});
  return to_shown_json({{"schema", "cosigner.profiles/1"}, {"profiles", list}});
}

std::string effects_document(const std::string& run_id, const std::vector<EffectRow>& effects) {
  json list = json::array();
  for (const auto& effect : effects) list.push_back({{"stage", effect.stage}, {"step", effect.step}, {"kind", effect.kind}, {"subject", effect.subject}});
  const json document = {{"schema", "cosigner.effects/1"}, {"run", run_id}, {"effects", list}};
  return to_shown_json(document);
}

}  // namespace cosigner::ui
