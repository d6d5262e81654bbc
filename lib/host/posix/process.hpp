// A clean start for a program that runs as root in whatever surroundings it was called from (threats L3, L4, L9). To be called by
// main alone, right after OpenSSL was told to load no configuration file.
//
// Afterwards: descriptors 0 to 2 are open (on /dev/null where they were closed), no other is; umask 077; no core, not dumpable;
// default signal mask; the environment is PATH and LC_ALL, and what it held is in the returned value alone, not in
// /proc/self/environ.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/cancel.hpp"
#include "base/secret.hpp"
#include "host/types.hpp"

namespace cosigner::host {

struct ProcessStart {
  std::map<std::string, Secret> environment;  // everything, because an answers file may name a variable as a secret's place
  std::optional<Owner> caller;                // whoever called sudo, when we are root through it
  std::string caller_name;                    // as sudo spells it; for the record only
  std::string self;                           // the running program's own file
  std::uint32_t uid = 0;                      // effective
  std::uint32_t gid = 0;

  /// Empty when not set. For what is no secret: TERM, NO_COLOR, proxies, CREDENTIALS_DIRECTORY.
  std::string variable(const std::string& name) const;
};

ProcessStart start_clean();

/// SIGINT, SIGTERM and SIGHUP request an end through the token; broken pipes and size limits become errors of the call.
void watch_signals(CancelToken& token);

}  // namespace cosigner::host
