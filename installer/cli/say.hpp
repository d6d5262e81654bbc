// How a verb that answers speaks: its document or text to standard output, an error in the house's form to standard error (or as
// "cosigner.error/1" with --json).
#pragma once

#include <string>

#include "installer/cli/environment.hpp"
#include "installer/cli/invocation.hpp"

namespace cosigner::cli {

/// Broken at words by the width of a terminal; as it is for a file or pipe, where one line is one message.
std::string for_screen(const std::string& text, const ui::Terminal& terminal);

/// Shows the error and gives the exit code that it stands for.
report::ExitCode say_error(const Invocation& invocation, Environment& environment, const Error& error);

/// Shows notes to the person (never with --json or --quiet).
void say_notes(const Invocation& invocation, Environment& environment, const std::vector<std::string>& notes);

}  // namespace cosigner::cli
