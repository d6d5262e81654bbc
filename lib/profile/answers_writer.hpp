// The answers as a file again: what /etc/cosigner/config.json and `--record` are made of.
//
// Only what differs from the defaults is written. Secrets appear as references; one that was typed, given on standard input or
// written out in the answers has none and is left out. The pairing token is always left out: it is spent, or it will have ended.
#pragma once

#include <string>

#include "profile/answers.hpp"

namespace cosigner::profile {

/// A JSON object that read_answers accepts, indented by two blanks, with a line feed at its end.
std::string write_answers(const Answers& answers);

/// The same of a run that reached its end: a container that runs without the downloads' proxy is written so, because whoever
/// reads it would otherwise take the downloads' proxy for both.
std::string write_used_answers(const Answers& answers);

}  // namespace cosigner::profile
