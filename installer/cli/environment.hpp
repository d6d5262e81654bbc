// Everything a verb may use besides its arguments: bound by main() to the real machine, by tests to a model.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.hpp"
#include "engine/stage.hpp"
#include "host/host.hpp"
#include "host/operator_files.hpp"
#include "installer/ui/terminal.hpp"

namespace cosigner::cli {

/// Held for as long as it lives.
using LockHeld = std::shared_ptr<void>;

struct Environment {
  host::Host& host;                      // below --root when that was given
  host::OperatorFiles& operator_files;   // answers, profiles, --out, --record
  ui::Terminal& terminal;
  const CancelToken& cancel;
  std::vector<std::unique_ptr<engine::Stage>> stages;  // all of them, in their order
  std::map<std::string, std::string> variables;        // as the process was started; no longer in the process
  std::uint32_t uid = 0;                               // effective
  std::uint32_t gid = 0;
  std::optional<host::Owner> caller;                   // the person behind sudo
  std::string credentials_directory;                   // systemd's; empty when not started as a unit
  /// /run/cosigner/lock; fails with `lock.held` and names the holder.
  std::function<Result<LockHeld>()> take_lock;
  std::string build_date;
  std::vector<std::pair<std::string, std::string>> libraries;  // linked, with their versions

  bool is_root() const { return uid == 0; }
  /// Whose files are believed, and with whose rights files are opened: the caller behind sudo, or whoever runs a read-only verb.
  std::optional<host::Owner> person() const { return is_root() ? caller : std::optional<host::Owner>(host::Owner{uid, gid}); }
};

}  // namespace cosigner::cli
