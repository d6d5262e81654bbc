// What of a capture must not leave the machine (threats S1), replaced before the checks see it.
#pragma once

#include <string>

#include "host/remembering_host.hpp"
#include "installer/cli/capture_files.hpp"

namespace cosigner::cli {

/// Names of people and machines become pseudonyms; of logs only the lines of known troubles stay; of files what kept_of_file
/// allows; of packages those that a check asks for; of containers no variable's value, no argument and no person's folder.
host::Scrub capture_scrub();

}  // namespace cosigner::cli
