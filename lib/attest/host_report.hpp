// What `attest host` found: whether this machine could quote, step by step, as far as somebody without an enclave of his own can
// tell.
#pragma once

#include <string>
#include <vector>

#include "attest/steps.hpp"
#include "base/time.hpp"

namespace cosigner::attest {

struct HostStep {
  std::string id;  // "aesm.keys"
  std::string title;
  StepResult result = StepResult::skip;
  std::string evidence;      // what was seen, or what is wrong
  std::string code, remedy;  // of a failure
};

struct HostReport {
  Time at{};
  std::vector<HostStep> steps;
  bool is_good() const;  // nothing failed; what was left out is named in its step
};

/// "cosigner.attest-host/1"
std::string to_json_document(const HostReport& report);
std::string to_people_text(const HostReport& report);

}  // namespace cosigner::attest
