// Registration of a machine with several sockets (multi-package registration): what Intel's tool and its log say. Pure.
//
// "Registration is in progress." comes with the error code 0, so only the sentence of success counts as success (facts, section 5.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/untrusted.hpp"

namespace cosigner::sgx {

enum class RegistrationState { unknown, registered, in_progress, failed };

struct RegistrationStatus {
  RegistrationState state = RegistrationState::unknown;
  std::optional<std::uint32_t> code;  // of the last error, when one is named that is not 0
  std::string cause;                  // in our words; empty for success and when nothing is known
  std::string remedy;                 // one sentence
  std::string row;                    // of the catalogue of known troubles, e.g. "F3"
};

/// `status`: the tool's answer, with its last error code; `log`: the end of its log. Either may be empty. The tool's own word wins over the log.
RegistrationStatus judge_registration(const Untrusted& status, const Untrusted& log);

}  // namespace cosigner::sgx
