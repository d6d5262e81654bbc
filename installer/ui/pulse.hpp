// Keeps whoever watches informed while one step takes long: passes events on and, when none came for a while, sends a heartbeat with
// the stage and what it is doing. Its own thread; the inner sink is entered by one thread at a time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "report/events.hpp"

namespace cosigner::ui {

class Pulse : public report::EventSink {
 public:
  /// Contracts 4.3: at least every 15 s.
  Pulse(report::EventSink& inner, std::function<Time()> now, std::chrono::milliseconds interval);
  ~Pulse() override;
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;
  void on(const report::Event& event, Time at) override;
  /// No heartbeats while a person is asked something.
  void pause();

 private:
  void beat();
  void note(const report::Event& event);

  report::EventSink& inner_;
  std::function<Time()> now_;
  std::chrono::milliseconds interval_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string stage_;  // empty: nothing runs
  std::string what_;
  unsigned long events_ = 0;
  bool ending_ = false;
  std::thread thread_;  // last: starts when everything else is there
};

}  // namespace cosigner::ui
