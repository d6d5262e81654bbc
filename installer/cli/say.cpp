#include "installer/cli/say.hpp"

#include "base/untrusted.hpp"
#include "installer/ui/error_document.hpp"
#include "installer/ui/wrapped.hpp"
#include "report/event_text.hpp"

namespace cosigner::cli {

std::string for_screen(const std::string& text, const ui::Terminal& terminal) {
  return terminal.is_output_terminal() ? ui::wrapped(text, terminal.columns()) : text;
}

report::ExitCode say_error(const Invocation& invocation, Environment& environment, const Error& error) {
  const report::ExitCode code = report::exit_code_of(error.code);
  if (invocation.json) {
    environment.terminal.out(ui::error_document(error, code) + "\n");
    return code;
  }
  for (const auto& line : report::error_text("cosigner " + invocation.verb, error)) environment.terminal.err(for_screen(line, environment.terminal) + "\n");
  return code;
}

void say_notes(const Invocation& invocation, Environment& environment, const std::vector<std::string>& notes) {
  if (invocation.json || invocation.quiet) return;
  for (const auto& note : notes) environment.terminal.err(for_screen("note: " + shown(Untrusted(note), 300), environment.terminal) + "\n");
}

}  // namespace cosigner::cli
