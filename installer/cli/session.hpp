// One working run around the engine's loop: who watches it, what secrets must not be shown, and what is left behind afterwards
// (last-run.json, /run/cosigner/status.json, the run log, --record).
#pragma once

#include <memory>
#include <vector>

#include "engine/run.hpp"
#include "installer/cli/environment.hpp"
#include "installer/cli/invocation.hpp"
#include "installer/ui/error_document.hpp"
#include "installer/ui/pulse.hpp"
#include "installer/ui/renderers.hpp"
#include "report/redactor.hpp"
#include "report/run_log.hpp"

namespace cosigner::cli {

/// Collects what was changed, for --record.
class EffectList : public report::EventSink {
 public:
  void on(const report::Event& event, Time at) override;
  const std::vector<ui::EffectRow>& rows() const { return rows_; }

 private:
  ui::EffectRow begun_;
  std::vector<ui::EffectRow> rows_;
};

class Session {
 public:
  Session(const Invocation& invocation, Environment& environment);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  report::EventSink& events() { return *pulse_; }
  report::Redactor& redactor() { return redactor_; }
  /// From now on the run log is written: root, and nobody else runs.
  void open_log();
  /// The screen belongs to a question now.
  void pause();
  /// The answers of an unfinished set-up are left as they are: this run is about something else.
  void keep_answers() { keeps_answers_ = true; }
  /// The run never began (answers, root, lock, state): tells it in the form that was asked for, and gives the code.
  report::ExitCode refuse(const Error& error);
  /// Writes what a run leaves behind; what cannot be written is told, and does not change the code.
  report::ExitCode end(const report::RunReport& report, const profile::Settings& settings, const state::Journal& journal);
  /// The very last line, for people alone: the events end with the run's own.
  void say_last(const std::string& text);

 private:
  void leave(const Path& file, const std::string& bytes, std::uint32_t mode, std::uint32_t directory_mode);
  void leave_answers(const report::RunReport& report, const profile::Settings& settings, const state::Ledger& ledger);
  void warn(const std::string& what, const Error& error);

  bool keeps_answers_ = false;
  const Invocation& invocation_;
  Environment& environment_;
  report::Redactor redactor_;
  std::unique_ptr<report::RunLog> log_;
  std::unique_ptr<report::EventSink> renderer_;
  ui::LiveRenderer* live_ = nullptr;
  EffectList effects_;
  class Gate;  // the run log joins later
  std::unique_ptr<Gate> gate_;
  std::unique_ptr<ui::Pulse> pulse_;
};

/// "root (uid 0), called by uid 1000: setup --answers": names of options, never their values.
std::string who(const Invocation& invocation, const Environment& environment);

}  // namespace cosigner::cli
