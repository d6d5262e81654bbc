#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "base/untrusted.hpp"
#include "installer/ui/renderers.hpp"
#include "installer/ui/wrapped.hpp"

namespace cosigner::ui {
namespace {

constexpr std::size_t longest_text = 160;
constexpr std::string_view clear_line = "\r\033[K";

std::string safe(const std::string& text) { return shown(Untrusted(text), longest_text); }

/// Cut by code points: everything here has passed `shown`, so each is one column wide or close to it.
std::string cut_to(const std::string& text, std::size_t columns) {
  std::size_t seen = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U && seen++ == columns) return text.substr(0, at);
  }
  return text;
}

std::string padded(const std::string& text, std::size_t width) { return text.size() < width ? text + std::string(width - text.size(), ' ') : text; }

constexpr std::size_t stage_width = 13;

}  // namespace

std::string progress_bar(std::uint64_t done, const std::optional<std::uint64_t>& total, const std::optional<double>& percent, std::size_t width) {
  double part = -1;
  if (total && *total > 0) part = static_cast<double>(std::min(done, *total)) / static_cast<double>(*total);
  else if (percent) part = std::clamp(*percent, 0.0, 100.0) / 100.0;
  if (part < 0) return {};
  const auto full = static_cast<std::size_t>(std::lround(part * static_cast<double>(width)));
  return "[" + std::string(full, '#') + std::string(width - full, '.') + "] " + report::progress_text(done, total, percent);
}

std::string LiveRenderer::colour(std::string_view code, const std::string& text) const {
  if (!terminal_.has_colour()) return text;
  return "\033[" + std::string(code) + "m" + text + "\033[0m";
}

void LiveRenderer::clear() {
  if (drawn_) terminal_.out(clear_line);
  drawn_ = false;
}

void LiveRenderer::print(const std::string& line, std::string_view colour_code) {
  clear();
  const std::string text = wrapped(redactor_.scrub(line), terminal_.columns());
  for (const auto each : lines_of(text)) {
    const std::string plain(each);
    terminal_.out((colour_code.empty() ? plain : colour(colour_code, plain)) + "\n");
  }
}

void LiveRenderer::print_error(const std::string& stage, const Error& error) {
  const auto lines = report::error_text(stage, error);
  for (std::size_t at = 0; at < lines.size(); ++at) print(lines[at], at == 0 ? "31" : "");
}

void LiveRenderer::print_findings(const report::StageFound& found) {
  for (const auto& finding : found.findings) {
    const bool matters = finding.outcome == report::Outcome::warn || finding.outcome == report::Outcome::fail;
    if (!matters && detail_ != report::Detail::verbose) continue;
    print("  " + report::finding_text(finding), matters ? "33" : "");
    if (matters && !finding.remedy.empty()) print("        " + safe(finding.remedy));
  }
}

void LiveRenderer::print_done(const std::string& name, const std::string& text) {
  clear();
  terminal_.out(redactor_.scrub(colour("32", name) + " " + text) + "\n");
}

void LiveRenderer::draw(Time at) {
  if (stage_.empty()) return;
  std::string line = padded(stage_, stage_width) + " ";
  if (in_step_) line += "step " + std::to_string(steps_done_ + 1) + ": ";
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(at - stage_began_);
  const std::string time = "  " + to_people_duration(elapsed);
  const auto columns = static_cast<std::size_t>(std::max(terminal_.columns(), 20)) - 1;
  const std::size_t room = columns > line.size() + time.size() + progress_.size() + 1 ? columns - line.size() - time.size() - progress_.size() - 1 : 8;
  line += cut_to(doing_, room);
  if (!progress_.empty()) line += " " + progress_;
  terminal_.out(std::string(clear_line) + redactor_.scrub(cut_to(line + time, columns)));
  drawn_ = true;
}

void LiveRenderer::print_end(const report::RunFinished& finished) {
  if (finished.report.error) print_error("cosigner", *finished.report.error);
  for (const auto& line : report::event_text(report::RunFinished{[&] {
         report::RunReport report = finished.report;
         report.error.reset();
         return report;
       }(), finished.code}, detail_)) {
    print(line);
  }
}

void LiveRenderer::on(const report::Event& event, Time at) {
  if (const auto* started = std::get_if<report::RunStarted>(&event)) {
    for (const auto& line : report::event_text(*started, detail_)) print(line);
  } else if (const auto* stage = std::get_if<report::StageStarted>(&event)) {
    stage_ = stage->stage;
    doing_ = "looking";
    progress_.clear();
    steps_done_ = 0;
    in_step_ = false;
    stage_began_ = at;
  } else if (const auto* found = std::get_if<report::StageFound>(&event)) {
    print_findings(*found);
  } else if (const auto* step = std::get_if<report::StepStarted>(&event)) {
    doing_ = safe(step->kind) + (step->subject == step->kind ? std::string() : " " + safe(step->subject));
    in_step_ = true;
    progress_.clear();
  } else if (const auto* progress = std::get_if<report::StepProgressed>(&event)) {
    doing_ = safe(progress->what);
    progress_ = progress_bar(progress->done, progress->total, progress->percent, 16);
    if (progress_.empty()) progress_ = report::progress_text(progress->done, progress->total, progress->percent);
  } else if (const auto* step_end = std::get_if<report::StepFinished>(&event)) {
    if (!step_end->error) ++steps_done_;
    in_step_ = false;
    doing_ = "looking";
    progress_.clear();
  } else if (const auto* stage_end = std::get_if<report::StageFinished>(&event)) {
    const std::string name = padded(stage_end->stage, stage_width);
    const std::string done = steps_done_ == 0 ? "as wanted" : std::to_string(steps_done_) + (steps_done_ == 1 ? " step" : " steps") + " done";
    if (stage_end->error) print_error(stage_end->stage, *stage_end->error);
    else print_done(name, done + "  " + to_people_duration(stage_end->took));
    stage_.clear();
  } else if (const auto* note = std::get_if<report::Note>(&event)) {
    if (detail_ != report::Detail::quiet) print("  " + safe(note->text));
  } else if (const auto* finished = std::get_if<report::RunFinished>(&event)) {
    return print_end(*finished);
  }
  draw(at);
}

}  // namespace cosigner::ui
