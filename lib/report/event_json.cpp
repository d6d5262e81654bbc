#include "report/event_json.hpp"

#include <nlohmann/json.hpp>

#include "base/shown_json.hpp"
#include "report/error_json.hpp"

namespace cosigner::report {
namespace {

using nlohmann::json;

template <class T>
json optional_json(const std::optional<T>& value) {
  return value ? json(*value) : json();
}

json findings_json(const std::vector<Finding>& findings) {
  json list = json::array();
  for (const auto& finding : findings) list.push_back(json_of(finding));
  return list;
}

struct ToJson {
  json operator()(const RunStarted& e) const {
    return {{"event", "run_started"}, {"run", e.run_id}, {"verb", e.verb}, {"version", e.version}, {"profile", e.profile}, {"simulation", e.simulation},
            {"weakenings", e.weakenings}};
  }
  json operator()(const StageStarted& e) const { return {{"event", "stage_started"}, {"stage", e.stage}, {"title", e.title}}; }
  json operator()(const StageFound& e) const {
    return {{"event", "stage_found"}, {"stage", e.stage}, {"pending_steps", e.pending_steps}, {"findings", findings_json(e.findings)}};
  }
  json operator()(const StepStarted& e) const {
    return {{"event", "step_started"}, {"stage", e.stage}, {"step", e.step}, {"kind", e.kind}, {"subject", e.subject}, {"why", e.why}};
  }
  json operator()(const StepProgressed& e) const {
    return {{"event", "step_progressed"}, {"stage", e.stage}, {"step", e.step}, {"what", e.what}, {"done", e.done}, {"total", optional_json(e.total)},
            {"percent", optional_json(e.percent)}};
  }
  json operator()(const StepFinished& e) const {
    return {{"event", "step_finished"}, {"stage", e.stage}, {"step", e.step}, {"took_ms", e.took.count()}, {"error", json_of(e.error)}};
  }
  json operator()(const StageFinished& e) const {
    return {{"event", "stage_finished"}, {"stage", e.stage}, {"state", name_of(e.state)}, {"took_ms", e.took.count()}, {"error", json_of(e.error)}};
  }
  json operator()(const Heartbeat& e) const { return {{"event", "heartbeat"}, {"stage", e.stage}, {"what", e.what}}; }
  json operator()(const Note& e) const { return {{"event", "note"}, {"stage", e.stage}, {"text", e.text}}; }
  json operator()(const RunFinished& e) const {
    json stages = json::array();
    for (const auto& stage : e.report.stages) stages.push_back({{"id", stage.id}, {"state", name_of(stage.state)}});
    return {{"event", "run_finished"},
            {"run", e.report.run_id},
            {"exit_code", static_cast<int>(e.code)},
            {"effects", e.report.effects},
            {"attested_by", e.report.attested_by},
            {"simulation", e.report.simulation},
            {"weakenings", e.report.weakenings},
            {"stages", stages},
            {"error", json_of(e.report.error)},
            {"next_steps", e.report.next_steps}};
  }
};

json stage_json(const StageReport& stage) {
  return {{"id", stage.id},   {"state", name_of(stage.state)}, {"steps_done", stage.steps_done}, {"findings", findings_json(stage.findings)},
          {"error", json_of(stage.error)}, {"took_ms", stage.took.count()}};
}

}  // namespace

std::string event_line(const Event& event, Time at) {
  json value = std::visit(ToJson{}, event);
  value["schema"] = "cosigner.event/1";
  value["time"] = to_iso(at);
  return to_shown_json_line(value);
}

std::string last_run_document(const RunReport& report) {
  json stages = json::array();
  for (const auto& stage : report.stages) stages.push_back(stage_json(stage));
  const json value = {{"schema", "cosigner.last-run/1"},
                      {"run", report.run_id},
                      {"verb", report.verb},
                      {"started", to_iso(report.started)},
                      {"ended", to_iso(report.ended)},
                      {"exit_code", static_cast<int>(exit_code_of(report))},
                      {"effects", report.effects},
                      {"simulation", report.simulation},
                      {"attested_by", report.attested_by},
                      {"weakenings", report.weakenings},
                      {"stages", stages},
                      {"error", json_of(report.error)},
                      {"next_steps", report.next_steps}};
  return to_shown_json(value);
}

}  // namespace cosigner::report
