#include "attest/host_report.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/shown_json.hpp"
#include "base/untrusted.hpp"

namespace cosigner::attest {
namespace {

std::string mark_of(StepResult result) {
  if (result == StepResult::pass) return "ok   ";
  return result == StepResult::fail ? "FAIL " : "-    ";
}

}  // namespace

bool HostReport::is_good() const {
  return std::none_of(steps.begin(), steps.end(), [](const HostStep& step) { return step.result == StepResult::fail; });
}

std::string to_json_document(const HostReport& report) {
  nlohmann::json steps = nlohmann::json::array();
  for (const HostStep& step : report.steps) {
    steps.push_back({{"id", step.id},
                     {"title", step.title},
                     {"result", name_of(step.result)},
                     {"evidence", step.evidence},
                     {"code", step.code.empty() ? nlohmann::json() : nlohmann::json(step.code)},
                     {"remedy", step.remedy.empty() ? nlohmann::json() : nlohmann::json(step.remedy)}});
  }
  return to_shown_json(
      {{"schema", "cosigner.attest-host/1"}, {"time", to_iso(report.at)}, {"good", report.is_good()}, {"steps", steps}});
}

std::string to_people_text(const HostReport& report) {
  std::string text = "What this machine needs to quote, as of " + to_iso(report.at) + "\n";
  int number = 0;
  for (const HostStep& step : report.steps) {
    text +=
        "  " + mark_of(step.result) + std::to_string(++number) + " " + step.title + ": " + shown(Untrusted(step.evidence)) + "\n";
    if (!step.remedy.empty()) text += "         " + step.remedy + "\n";
  }
  return text + (report.is_good() ? "Nothing is wrong as far as can be told without an enclave of one's own.\n"
                                  : "This machine cannot quote as it is.\n");
}

}  // namespace cosigner::attest
