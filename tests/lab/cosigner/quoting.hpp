// A quote of the stand-in's enclave. There is no hardware: the lab's double of the quoting enclave makes it (README.md,
// "Attestation").
#pragma once
#include <string>

#include "journal.hpp"
#include "place.hpp"

namespace lab {

// Prints the quote for 64 bytes of report data (128 hex digits) as one line of base64. False: not paired, no device, or none
// came.
bool run_quote(const Place& place, Journal& journal, const std::string& report_data);

}  // namespace lab
