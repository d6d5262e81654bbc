#include "installer/cli/say.hpp"

#include "base/untrusted.hpp"
#include "installer/ui/error_document.hpp"
#include "report/event_text.hpp"

namespace cosigner::cli {

report::ExitCode say_error(const Invocation& invocation, Environment& environment, const Error& error) {
  const report::ExitCode code = report::exit_code_of(error.code);
  if (invocation.json) {
    environment.terminal.out(ui::error_document(error, code) + "\n");
    return code;
  }
  for (const auto& line : report::error_text("cosigner " + invocation.verb, error)) environment.terminal.err(line + "\n");
  return code;
}

void say_notes(const Invocation& invocation, Environment& environment, const std::vector<std::string>& notes) {
  if (invocation.json || invocation.quiet) return;
  for (const auto& note : notes) environment.terminal.err("note: " + shown(Untrusted(note), 300) + "\n");
}

}  // namespace cosigner::cli
