// What a run of the co-signer's executable meant, from its exit status and log (facts 15, 10.1, O2).
//
// Lines are matched by literal fragments, linearly, never by regular expressions: the log is the container's text (threats S4, C1).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/untrusted.hpp"

namespace cosigner::pairing {

/// A known line, with what it means. `code` is the error it stands for.
struct KnownLine {
  std::string code;
  std::string meaning;  // our words
  std::string remedy;
};

/// The first cause among the lines, by rank of the table: an unreachable name explains a refused token, not the other way round.
std::optional<KnownLine> find_known_line(const Untrusted& log);

/// The last line of level FATAL, else the last ERROR, escaped, cut, and with token-like words left out; empty when none.
std::string last_trouble(const Untrusted& log);

bool has_fatal_line(const Untrusted& log);

/// The error of an enrolment that ended with `exit_code` != 0 (or never ended: nullopt). Codes: `pairing.token_refused`,
/// `pairing.gateway_unreachable`, `pairing.not_first_user`, `pairing.already_paired`, `pairing.failed`, `pairing.timed_out`,
/// `attest.refused`. Each says what became of the token.
Error enrolment_error(std::optional<int> exit_code, const Untrusted& log);

/// Long runs of token characters replaced, so that a log that quotes a token or a key gives nothing away.
std::string without_token_like(std::string_view text);

}  // namespace cosigner::pairing
