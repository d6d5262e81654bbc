// /proc/net/tcp and tcp6: who listens. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cosigner::checks {

struct Listener {
  unsigned port = 0;
  bool is_local = false;  // bound to a loopback address
};

/// Sockets in state LISTEN (0A), each port once, by port.
std::vector<Listener> listeners_in(std::string_view table);

}  // namespace cosigner::checks
