// The flow that `setup` and `pair` share: root, lock, state, the run itself, what is left behind.
#pragma once

#include <string>

#include "installer/cli/environment.hpp"
#include "installer/cli/invocation.hpp"
#include "installer/cli/prepare.hpp"
#include "installer/cli/session.hpp"

namespace cosigner::cli {

class WorkingRun {
 public:
  WorkingRun(const Invocation& invocation, Environment& environment, bool unattended)
      : invocation_(invocation), environment_(environment), unattended_(unattended), session_(invocation, environment) {}

  /// Runs the stages from `first` on. Called once.
  report::ExitCode run(const std::string& first);
  /// A token that was read from standard input before anything else.
  void give_token(Secret token);

 private:
  Status begin();
  Status check_before_first_change();
  Status converge(engine::Run& run, const std::string& first);
  Status go(engine::Run& run, std::vector<const engine::Stage*> stages);
  bool is_digest_wanted(engine::Run& run) const;
  Result<bool> accept_digest(engine::Run& run);
  Status ask_late_if_needed(const engine::Stage& pairing);

  const Invocation& invocation_;
  Environment& environment_;
  bool unattended_;
  Session session_;
  Prepared prepared_;
  Secret token_;
  LockHeld lock_;
  std::optional<state::Journal> journal_;
};

}  // namespace cosigner::cli
