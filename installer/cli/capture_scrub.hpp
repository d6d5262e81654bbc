// What of a capture must not leave the machine (threats S1), replaced before the checks see it.
#pragma once

#include <string>

#include "host/remembering_host.hpp"

namespace cosigner::cli {

/// Names of people and machines become pseudonyms; of logs only the lines of known troubles stay; of settings files what may hold
/// a login is masked; only packages that a check asks for are kept.
host::Scrub capture_scrub();

/// Stands in the place of a token that was found: it has the shape that is looked for, and opens nothing.
extern const char* const dummy_token;

}  // namespace cosigner::cli
