#include "installer/wiring.hpp"

#include "host/posix/linked_libraries.hpp"
#include "host/posix/posix_host.hpp"
#include "host/posix/posix_lock.hpp"
#include "host/posix/posix_operator_files.hpp"
#include "host/posix/process.hpp"
#include "installer/cli/verbs.hpp"
#include "installer/stages/catalog.hpp"
#include "installer/stages/own_place.hpp"
#include "installer/ui/posix_terminal.hpp"

namespace cosigner {
namespace {

std::map<std::string, std::string> plain_variables(const host::ProcessStart& start) {
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : start.environment) out[name] = std::string(value.reveal("what the verbs read of the environment"));
  return out;
}

int run_verb(const cli::Invocation& invocation, const host::ProcessStart& start, ui::Terminal& terminal, const CancelToken& cancel) {
  host::PosixHostOptions options;
  if (!invocation.root.empty()) options.root = invocation.root;
  host::PosixHost machine(options, cancel);
  host::PosixRunLock lock(machine.walker(), "cosigner " + invocation.verb);
  host::PosixOperatorFiles operator_files;
  cli::Environment environment{.host = machine,
                               .operator_files = operator_files,
                               .terminal = terminal,
                               .cancel = cancel,
                               .stages = stages::all_stages(start.self),
                               .variables = plain_variables(start),
                               .uid = start.uid,
                               .gid = start.gid,
                               .caller = start.caller,
                               .credentials_directory = start.variable("CREDENTIALS_DIRECTORY"),
                               .take_lock = [&lock]() -> Result<cli::LockHeld> { return cli::LockHeld(TRY(lock.acquire(stages::own_runtime / "lock"))); },
                               .build_date = COSIGNER_BUILD_DATE,
                               .libraries = host::linked_libraries()};
  return static_cast<int>(cli::dispatch(invocation, environment));
}

}  // namespace

int run_program(const std::vector<std::string>& arguments) {
  const host::ProcessStart start = host::start_clean();
  static CancelToken cancel;  // outlives everything that a signal handler may touch
  host::watch_signals(cancel);
  ui::PosixTerminal terminal(cancel, !start.variable("NO_COLOR").empty(), start.variable("TERM"));
  const cli::Parsed parsed = cli::parse_arguments(arguments);
  if (parsed.invocation) return run_verb(*parsed.invocation, start, terminal, cancel);
  if (parsed.code == report::ExitCode::ok) {
    terminal.out(parsed.text);
  } else {
    terminal.err(parsed.text);
  }
  return static_cast<int>(parsed.code);
}

}  // namespace cosigner
