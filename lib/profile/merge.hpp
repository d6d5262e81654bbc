// Profile, answers, environment and flags become the one set of settings that stages read, each value with its origin.
//
// Order: built-in < profile < answers < environment < flags < prompt. The environment gives only the download proxy and the values of
// {"env":…} references. Nothing here touches the machine.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "profile/answers_json.hpp"
#include "profile/problems.hpp"
#include "profile/settings.hpp"

namespace cosigner::profile {

/// What was given on the command line; each is checked like the answer it stands for.
struct Flags {
  std::string profile;
  std::string revision;
  std::string max_disruption;
  std::vector<std::string> waive;
  std::vector<std::string> accepted_digests;
  std::vector<std::string> key_fingerprints;
  std::string proxy;
  std::string registry_user;
  std::string registry_password_file;
  std::string downgrade_reason;
  bool reboot = false;
  bool new_platform = false;
};

struct Merged {
  Settings settings;
  std::vector<Problem> problems;   // of answers, environment and flags, in this order
  std::vector<std::string> notes;
};

/// `environment` are the variables the process was started with (already removed from it).
Merged merge(const Profile& profile, ReadAnswers answers, const std::map<std::string, std::string>& environment, const Flags& flags);

/// Finds the weakenings of the settings anew (after prompts too) and, when unattended, adds what is not accepted to `problems`.
Status judge_weakenings(Settings& settings, const std::string& origin, std::vector<Problem>& problems);

}  // namespace cosigner::profile
