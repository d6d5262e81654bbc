// What is said to the SGX service daemon (AESM) on its socket, and what its answers mean. Pure: bytes in, bytes out.
//
// One request a connection: four bytes of length (little-endian), then a protobuf message (facts, section 6.2). Errors:
// `sgx.aesm_malformed` (not an answer to this question), `sgx.aesm_error` (its own error code, with cause and remedy).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace cosigner::sgx {

/// Largest framed answer that we read: 16 key ids have 4 KiB.
inline constexpr std::size_t aesm_answer_limit = 64 * 1024;

inline constexpr std::uint32_t algorithm_ecdsa_p256 = 2;

std::string ask_key_count();
std::string ask_key_ids(std::uint32_t count);
/// Prepares quoting with a key id (256 bytes) without asking for the key: exercises the enclaves and, at first use, the network.
std::string ask_init_quote(std::string_view key_id);

/// How many attestation keys the daemon offers.
Result<std::uint32_t> read_key_count(std::string_view answer);

struct KeyId {
  std::string bytes;  // 256
  std::uint32_t algorithm = 0;
};
Result<std::vector<KeyId>> read_key_ids(std::string_view answer);

/// Success, or the daemon's error.
Status read_init_quote(std::string_view answer);

/// The daemon's own error code in an answer to any of these questions; 0 for success and for what cannot be read.
std::uint32_t error_code_in(std::string_view answer);

/// Name, usual cause and remedy of a code of facts 6.3; one for every number.
struct AesmCode {
  std::uint32_t code;
  std::string_view meaning;
  std::string_view remedy;
  bool retryable;
};
AesmCode explain_aesm_code(std::uint32_t code);

}  // namespace cosigner::sgx
