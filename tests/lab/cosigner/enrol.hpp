// --initial-config-file, --enroll-new-device, --update-config: read the document, pair, attest, fetch the
// enclaves, write the database. true = done.
#pragma once
#include "journal.hpp"
#include "place.hpp"

namespace lab {

bool run_initial(const Place& place, Journal& journal, const std::string& file);
bool run_enrol(const Place& place, Journal& journal, const std::string& file);
bool run_update(const Place& place, Journal& journal, const std::string& file);

}  // namespace lab
