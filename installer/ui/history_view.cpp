#include <nlohmann/json.hpp>

#include "base/shown_json.hpp"
#include "base/untrusted.hpp"
#include "installer/ui/status_view.hpp"

namespace cosigner::ui {
namespace {

using nlohmann::json;
using Kind = state::Record::Kind;

std::string safe(const std::string& text) { return shown(Untrusted(text)); }

/// One run as the journal tells it: runs without effects are not in it.
struct RunRow {
  std::string id;
  std::string who;
  std::string reason;
  Time started{};
  std::optional<Time> ended;
  std::string exit_code;
  std::vector<const state::Record*> outcomes;
  const state::Record* open_intent = nullptr;
};

std::vector<RunRow> runs_of(const std::vector<state::Record>& records) {
  std::vector<RunRow> runs;
  for (const auto& record : records) {
    if (record.kind == Kind::opened) continue;
    if (runs.empty() || runs.back().id != record.run) runs.push_back({record.run, {}, {}, record.at, {}, {}, {}, nullptr});
    RunRow& run = runs.back();
    switch (record.kind) {
      case Kind::run_started:
        run.who = record.who;
        run.reason = record.reason;
        break;
      case Kind::intent: run.open_intent = &record; break;
      case Kind::done:
      case Kind::failed:
        run.outcomes.push_back(&record);
        run.open_intent = nullptr;
        break;
      case Kind::run_finished:
        run.ended = record.at;
        run.exit_code = record.error_code;
        break;
      case Kind::opened: break;
    }
  }
  return runs;
}

std::string step_line(const state::Record& record) {
  std::string text = "  " + to_iso(record.at) + "  " + safe(record.stage + "/" + record.step) + "  " + safe(record.step_kind) + " " + safe(record.subject);
  if (record.kind == Kind::failed) return text + "  failed: " + safe(record.error_code) + "\n";
  return text + (record.ownership.empty() ? std::string() : "  " + safe(record.ownership)) + "\n";
}

std::string run_line(const RunRow& run) {
  std::string text = to_iso(run.started) + "  run " + safe(run.id) + "  " + safe(run.who) + "  " +
                     std::to_string(run.outcomes.size()) + " steps";
  if (run.ended)
    text += "  exit code " + safe(run.exit_code);
  else
    text += "  was cut off";
  if (!run.reason.empty()) text += "\n  an older image was allowed, because: " + safe(run.reason);
  return text + "\n";
}

bool is_asked_for(const RunRow& run, const std::string& wanted) { return wanted.empty() || run.id.rfind(wanted, 0) == 0; }

}  // namespace

std::string history_text(const std::vector<state::Record>& records, const std::string& run) {
  std::string text;
  for (const auto& row : runs_of(records)) {
    if (!is_asked_for(row, run)) continue;
    text += run_line(row);
    if (run.empty()) continue;
    for (const auto* record : row.outcomes) text += step_line(*record);
    if (row.open_intent != nullptr) text += "  " + to_iso(row.open_intent->at) + "  " + safe(row.open_intent->stage + "/" + row.open_intent->step) + "  begun, and nothing more is known\n";
  }
  if (text.empty()) return run.empty() ? "Nothing was changed here yet.\n" : "No such run that changed something.\n";
  return run.empty() ? text + "Runs that changed nothing are not kept here; \"cosigner status\" tells the last one of any kind.\n" : text;
}

std::string history_document(const std::vector<state::Record>& records, const std::string& run) {
  json runs = json::array();
  for (const auto& row : runs_of(records)) {
    if (!is_asked_for(row, run)) continue;
    json steps = json::array();
    for (const auto* record : row.outcomes) {
      steps.push_back({{"time", to_iso(record->at)}, {"stage", record->stage}, {"step", record->step}, {"kind", record->step_kind}, {"subject", record->subject},
                       {"outcome", record->kind == Kind::done ? "done" : "failed"},
                       {"ownership", record->ownership.empty() ? json() : json(record->ownership)},
                       {"error", record->error_code.empty() ? json() : json(record->error_code)}});
    }
    runs.push_back({{"run", row.id},
                    {"who", row.who},
                    {"reason", row.reason.empty() ? json() : json(row.reason)},
                    {"started", to_iso(row.started)},
                    {"ended", row.ended ? json(to_iso(*row.ended)) : json()},
                    {"exit_code", row.exit_code.empty() ? json() : json(row.exit_code)},
                    {"steps", steps}});
  }
  const json document = {{"schema", "cosigner.history/1"}, {"runs", runs}};
  return to_shown_json(document);
}

}  // namespace cosigner::ui
