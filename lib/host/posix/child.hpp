// Child processes, known to host/posix alone. No shell, ever: an absolute program, its arguments, an environment that we build,
// "/" as working directory, standard input closed or given bytes.
//
// A child lives in a process group of its own, so that a terminal's Ctrl-C does not reach it: cancelling is our decision. Its
// output goes into anonymous memory, not into a pipe: when we are killed, a running dpkg is not killed by a broken pipe too.
//
// Errors: `child.failed` (could not be started), `child.timed_out`, `run.cancelled`. An exit code is data.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.hpp"
#include "base/result.hpp"

namespace cosigner::host {

struct ChildRequest {
  std::vector<std::string> argv;                   // argv[0] is absolute
  std::map<std::string, std::string> environment;  // beside PATH, LC_ALL and HOME
  std::string input;                               // empty: /dev/null
  std::size_t output_limit = 1024 * 1024;          // of each stream; of a longer one the end is kept
  std::chrono::seconds deadline{120};              // not for an uninterruptible child
  bool uninterruptible = false;                    // never signalled, never given up
  std::map<int, std::string> documents;  // read-only files of the child's, as its descriptor number: not in argv, not on disk
  int status_descriptor = -1;            // this number is the writing end of a pipe in the child …
  std::function<void(std::string_view line)> on_status;  // … whose lines come here
};

struct ChildResult {
  int exit_code = 0;  // 128 + signal when a signal ended it
  std::string out;
  std::string err;
};

/// Waits for the end. `cancel` may be null.
Result<ChildResult> run_child(const ChildRequest& request, const CancelToken* cancel);

/// "run.cancelled", as every waiting call gives it.
Error cancelled_error();

}  // namespace cosigner::host
