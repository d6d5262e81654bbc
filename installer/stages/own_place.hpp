// The first thing that is put in place is the program itself: an install that is cut off must leave the tool that can take it on
// (examples, nix-installer 235), and units run only this copy, never a file in somebody's home (threats L5).
#pragma once

#include <memory>
#include <string>

#include "engine/stage.hpp"

namespace cosigner::stages {

inline const Path own_settings = "/etc/cosigner";
inline const Path own_state = "/var/lib/cosigner";
inline const Path own_logs = "/var/log/cosigner";
inline const Path own_runtime = "/run/cosigner";
inline const Path installed_program = "/var/lib/cosigner/bin/cosigner";
inline const Path answers_snapshot = "/var/lib/cosigner/answers.json";  // what an unfinished run was asked for, without secrets
inline const Path installed_command = "/usr/local/bin/cosigner";  // on everybody's PATH and on sudo's; starts the installed program

/// Adds our directories, the installed copy of `program` (the running file) and the command of its name to the steps of `inner`, once `inner` is not blocked.
std::unique_ptr<engine::Stage> with_own_place(std::unique_ptr<engine::Stage> inner, Path program);

}  // namespace cosigner::stages
