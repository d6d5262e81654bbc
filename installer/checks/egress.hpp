// Every server that this machine must reach for a profile and its answers, each with who needs it when and why. Nothing is asked
// for it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/check.hpp"

namespace cosigner::checks {

struct EgressRow {
  std::string host;
  int port = 443;
  std::string protocol = "tcp";  // "tcp" or "udp"
  bool tls = true;
  std::string when;  // "install", "always", "optional"
  std::string owner;
  std::string reason;
  std::string check;  // id of the check that tries it; empty: none does
};

/// By their importance. The operating system's archive is the one that this machine's own apt uses.
std::vector<EgressRow> egress_rows(const host::HostView& host, const profile::Settings& settings);

/// What the vendor's own list has and this program does not need, one sentence a line.
std::vector<std::string> egress_notes();

/// One look for each check id that egress_rows names: all rows of that id, asked together with all others.
engine::Observation look_at_egress(const std::string& check, const host::HostView& host, const profile::Settings& settings);

/// Why a row of that check's cannot be reached; asked together with all others, too.
std::optional<Error> trouble_reaching(const std::string& check, const host::HostView& host, const profile::Settings& settings);

/// The clock of the servers reached, against this machine's.
engine::Observation look_at_server_clock(const host::HostView& host, const profile::Settings& settings);

}  // namespace cosigner::checks
