// Events and reports as JSON documents for programs ("cosigner.event/1", "cosigner.last-run/1").
#pragma once

#include <string>

#include "report/events.hpp"

namespace cosigner::report {

/// One line without line feed.
std::string event_line(const Event& event, Time at);

/// The document of /var/lib/cosigner/last-run.json: what a run did, for support and for `status`.
std::string last_run_document(const RunReport& report);

}  // namespace cosigner::report
