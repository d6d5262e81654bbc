// Who says that the co-signer's enclave is genuine on this machine, and for how long that holds. The one function that starts the
// main container demands it as an argument (threats A5).
#pragma once

#include <optional>
#include <string>

#include "base/time.hpp"

namespace cosigner::attest {

struct Verdict {
  std::string mode;                 // "service": the vendor's service judged; "quote": this program checked a quote
  std::string attested_by;          // "vendor" or "this_program" (threats G1)
  std::string image_id;             // "sha256:…" of the image that it is about
  Time at{};                        // when it was given
  std::optional<Time> valid_until;  // of the evidence; nothing where the evidence names no end
};

}  // namespace cosigner::attest
