// The program without a flag: keep in contact with the gateway until it is told to stop. Returns the exit status.
#pragma once
#include "journal.hpp"
#include "place.hpp"

namespace lab {

int run_serve(const Place& place, Journal& journal);

}  // namespace lab
