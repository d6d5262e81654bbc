#include "installer/ui/pulse.hpp"

#include "report/event_text.hpp"

namespace cosigner::ui {

Pulse::Pulse(report::EventSink& inner, std::function<Time()> now, std::chrono::milliseconds interval)
    : inner_(inner), now_(std::move(now)), interval_(interval), thread_([this] { beat(); }) {}

Pulse::~Pulse() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Pulse::on(const report::Event& event, Time at) {
  const std::lock_guard<std::mutex> lock(mutex_);
  note(event);
  ++events_;
  inner_.on(event, at);
}

void Pulse::pause() {
  const std::lock_guard<std::mutex> lock(mutex_);
  stage_.clear();
}

void Pulse::note(const report::Event& event) {
  if (const auto* started = std::get_if<report::StageStarted>(&event)) {
    stage_ = started->stage;
    what_ = "looking";
  } else if (const auto* step = std::get_if<report::StepStarted>(&event)) {
    what_ = step->kind + " " + step->subject;
  } else if (const auto* progress = std::get_if<report::StepProgressed>(&event)) {
    const std::string amount = report::progress_text(progress->done, progress->total, progress->percent);
    what_ = amount.empty() ? progress->what : progress->what + " " + amount;
  } else if (std::holds_alternative<report::StageFinished>(event) || std::holds_alternative<report::RunFinished>(event)) {
    stage_.clear();
  }
}

void Pulse::beat() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!ending_) {
    const unsigned long before = events_;
    changed_.wait_for(lock, interval_, [this] { return ending_; });
    if (ending_ || stage_.empty() || events_ != before) continue;
    inner_.on(report::Heartbeat{stage_, what_}, now_());
  }
}

}  // namespace cosigner::ui
