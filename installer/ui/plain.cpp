#include <chrono>

#include "installer/ui/renderers.hpp"
#include "report/event_json.hpp"

namespace cosigner::ui {
namespace {

constexpr std::chrono::seconds between_progress{5};

bool is_error(const report::Event& event) {
  if (const auto* stage = std::get_if<report::StageFinished>(&event)) return stage->error.has_value();
  if (const auto* run = std::get_if<report::RunFinished>(&event)) return run->report.error.has_value();
  return false;
}

}  // namespace

void PlainRenderer::on(const report::Event& event, Time at) {
  if (std::holds_alternative<report::StepProgressed>(event)) {
    if (at - last_progress_ < between_progress) return;
    last_progress_ = at;
  }
  const bool error = is_error(event);
  for (const auto& line : report::event_text(event, detail_)) {
    const std::string clean = redactor_.scrub(line) + "\n";
    if (error) terminal_.err(clean);
    else terminal_.out(clean);
  }
}

void JsonLines::on(const report::Event& event, Time at) { terminal_.out(redactor_.scrub(report::event_line(event, at)) + "\n"); }

}  // namespace cosigner::ui
