// What a verb that answers prints with --json when it cannot answer.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "report/exit_codes.hpp"

namespace cosigner::ui {

/// "cosigner.error/1", one line.
std::string error_document(const Error& error, report::ExitCode code);

/// "cosigner.version/1".
std::string version_document(const std::string& version, const std::string& build_date, const std::vector<std::pair<std::string, std::string>>& libraries);

/// "cosigner.profiles/1".
std::string profiles_document(const std::vector<std::pair<std::string, std::string>>& names_and_titles);

/// "cosigner.effects/1": what a run changed (`--record`).
struct EffectRow {
  std::string stage;
  std::string step;
  std::string kind;
  std::string subject;
};
std::string effects_document(const std::string& run_id, const std::vector<EffectRow>& effects);

}  // namespace cosigner::ui
