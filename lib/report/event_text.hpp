// Events as plain lines: one renderer for the run log and for standard output where there is no terminal. No escape bytes, one line an
// event, everything that may be foreign made safe.
#pragma once

#include <string>
#include <vector>

#include "report/events.hpp"

namespace cosigner::report {

enum class Detail { quiet, normal, verbose };

/// Zero or more lines without line feeds.
std::vector<std::string> event_text(const Event& event, Detail detail);

/// One observation on one line. A title says what is hoped for ("There is enough memory"), so it stands only where that was seen; everything
/// else is told by what was seen instead, with the check's id, which is what --waive takes.
std::string finding_text(const Finding& finding);

/// The house's form of an error: place, cause, code, and the remedy on a line of its own.
std::vector<std::string> error_text(const std::string& place, const Error& error);

/// "2 of 5 MB" or "37 %"; empty when nothing is known.
std::string progress_text(std::uint64_t done, const std::optional<std::uint64_t>& total, const std::optional<double>& percent);

}  // namespace cosigner::report
