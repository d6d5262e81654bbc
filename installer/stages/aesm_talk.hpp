// Asking the service daemon whether it can quote, and waiting until it can.
//
// Errors: `sgx.aesm_silent` (no answer), `sgx.aesm_error` (an answer with its error code, or without an ECDSA key), `sgx.aesm_malformed`.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "host/host.hpp"

namespace cosigner::stages {

inline constexpr const char* daemon_user = "aesmd";
inline constexpr const char* enclave_group = "sgx";
inline constexpr const char* provision_group = "sgx_prv";
inline const Path qcnl_path = "/etc/sgx_default_qcnl.conf";

struct DaemonAnswer {
  std::uint32_t key_count = 0;
  bool offers_ecdsa = false;
};

/// Two short exchanges; a key of the kind ECDSA P-256 is required.
Result<DaemonAnswer> ask_daemon(const host::NetworkView& network, const std::string& socket);

/// What came of preparing quotes.
struct QuoteReadiness {
  std::optional<Error> error;  // it cannot
  std::uint32_t code = 0;      // the daemon's own, when it named one
  bool is_silent = false;      // it answers otherwise, but not to this
};

/// Prepares quoting with the daemon's ECDSA key (InitQuoteEx): loads the quoting enclaves and, at first use, asks the certificate service,
/// which takes minutes where that cannot be reached. Fails as ask_daemon when the daemon gives no good answer at all.
Result<QuoteReadiness> look_at_init_quote(const host::NetworkView& network, const std::string& socket);

/// The same, where only success counts.
Status ask_init_quote(const host::NetworkView& network, const std::string& socket);

/// Asks until the answer is good or `limit` has passed; the last error then says why.
Status wait_for_daemon(host::Host& host, const std::string& socket, std::chrono::seconds limit, const host::ProgressSink& progress);

}  // namespace cosigner::stages
