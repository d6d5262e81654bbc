// The flow that `setup`, `pair`, `start`, `stop` and `restart` share: root, lock, state, the run itself, what is left behind.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "installer/cli/environment.hpp"
#include "installer/cli/invocation.hpp"
#include "installer/cli/prepare.hpp"
#include "installer/cli/session.hpp"

namespace cosigner::cli {

/// A verb that works on what is set up already: it asks nothing, installs nothing, and its word is the leave to interrupt the co-signer.
struct Operation {
  profile::RunWish wish = profile::RunWish::running;
  bool replaces = false;            // a container that is there must not be the one that runs afterwards
  std::vector<std::string> stages;  // in the catalog's order
};

class WorkingRun {
 public:
  WorkingRun(const Invocation& invocation, Environment& environment, bool unattended)
      : invocation_(invocation), environment_(environment), unattended_(unattended), session_(invocation, environment) {}

  /// Runs the stages from `first` on. Called once.
  report::ExitCode run(const std::string& first);
  /// Runs the operation's stages. Called once. Before anything is changed it fails with `run.nothing_set_up`, `engine.unreachable` or,
  /// when something is to run and nobody is paired, `pairing.token_needed`.
  report::ExitCode operate(const Operation& operation);
  /// A token that was read from standard input before anything else.
  void give_token(Secret token);

 private:
  Status begin(bool judges_weakenings);
  void settle_reboot(engine::Run& run);
  Status check_operation(const Operation& operation);
  report::ExitCode carry_out(std::optional<engine::Disruption> budget, const std::function<Status(engine::Run&)>& work);
  Status check_named_user() const;
  Status check_before_first_change();
  Status require_proxy_password(const std::vector<const engine::Stage*>& stages) const;
  Status converge(engine::Run& run, const std::string& first);
  Status go(engine::Run& run, std::vector<const engine::Stage*> stages);
  bool is_digest_wanted(engine::Run& run) const;
  Result<bool> accept_digest(engine::Run& run);
  Status ask_late_if_needed(const engine::Stage& pairing);

  const Invocation& invocation_;
  Environment& environment_;
  bool unattended_;
  bool is_setup_ = false;  // all stages, as the unit after a reboot runs them
  Session session_;
  Prepared prepared_;
  Secret token_;
  LockHeld lock_;
  std::optional<state::Journal> journal_;
};

}  // namespace cosigner::cli
