// Which answers a reboot leaves: no secret that was typed, came from the environment or from a credential or lies in a file that is not
// root's, and no file on a file system that a boot empties.
#pragma once

#include <string>
#include <vector>

#include "host/host.hpp"
#include "profile/settings.hpp"

namespace cosigner::stages {

struct SurvivingAnswers {
  profile::Answers answers;       // references that do not survive are left out, texts on such files are in it
  std::vector<std::string> lost;  // "registry.password (was typed)": keys and kinds, never a value
};

SurvivingAnswers surviving_answers(const profile::Settings& settings, const host::HostView& host);

/// "SHA-256 NAME" of the profile's file: what the ledger keeps about its copy.
std::string profile_note(const profile::Settings& settings);

}  // namespace cosigner::stages
