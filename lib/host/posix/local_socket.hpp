// One question over a local stream socket: connect, send, read until the peer closes (the AESM daemon closes after each answer).
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/cancel.hpp"
#include "base/path.hpp"
#include "base/result.hpp"

namespace cosigner::host {

/// What the peer sent, at most `limit` bytes. A peer that keeps the connection open is not an error: what came until the deadline
/// is given. Fails with `network.unreachable` (no socket, no right to it), `network.refused` (nobody listens), `network.timed_out`
/// (nothing came), `network.connection_lost` or `run.cancelled`.
Result<std::string> exchange_locally(const Path& socket, std::string_view message, std::size_t limit, std::chrono::milliseconds timeout,
                                     const CancelToken* cancel);

}  // namespace cosigner::host
